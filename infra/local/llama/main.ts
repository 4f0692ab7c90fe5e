/** Entry of the process that runs a GGUF language model: honours SageMaker's contract for containers until SIGTERM. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { homedir } from 'node:os';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isOnrampError, systemClock } from '../../../lib/core/index.ts';
import { localHost } from '../config.ts';
import { openModel } from './language-model.ts';
import { loadLibrary } from './library.ts';
import { createLlamaServer } from './server.ts';
import { readSettings } from './settings.ts';

const report = (message: string): void => {
  process.stderr.write(`${message}\n`);
};

/** Connections are taken once the model is loaded, so that the first ping that is answered means it can be asked. */
async function serve(): Promise<void> {
  const settings = readSettings(process.env);
  const folders = [process.cwd(), homedir(), dirname(fileURLToPath(import.meta.url))];
  const model = await openModel(settings, await loadLibrary(folders));
  const server = createLlamaServer({
    ...{ model, report, newId: randomUUID, now: () => systemClock.now(), random: Math.random },
    name: basename(settings.modelPath, '.gguf'),
  });
  server.listen(settings.port, localHost);
  await once(server, 'listening');
  // Requests under way are answered before.
  process.once('SIGTERM', () => server.close(() => process.exit(0)));
}

await serve().catch((error: unknown) => {
  report(isOnrampError(error) ? error.message : String((error as Error).stack));
  process.exit(1);
});
