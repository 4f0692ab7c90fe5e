/** `npm start`: builds what is out of date, then becomes the local platform. */
import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildAll, endWithoutTrace } from './build.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** Whatever can change the outcome of a build. */
const sources = ['{lib,functions,infra,cli,console}/**', 'scripts/build.ts', 'package-lock.json'];

/** True if there is no build or a source is newer than it. */
function isOutOfDate(): boolean {
  const stamp = join(dist, 'build.json');
  if (!existsSync(stamp)) return true;
  const builtAt = statSync(stamp).mtimeMs;
  return globSync(sources, { cwd: root }).some((file) => statSync(join(root, file)).mtimeMs > builtAt);
}

if (isOutOfDate()) await buildAll({ root, dist }).catch(endWithoutTrace);
// In this very process, so that signals, exit codes and flags are the platform's own.
await import(pathToFileURL(join(dist, 'platform', 'main.js')).href);
