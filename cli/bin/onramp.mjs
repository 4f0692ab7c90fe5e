#!/usr/bin/env node
/** Starts the command: builds it if it is missing, and takes the Node that npm installed if this one is too old. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = join(root, 'dist', 'cli', 'main.js');

/** Node of the optional dependency, which lies in a folder of its own on every platform. */
function installedNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  return join(root, 'node_modules', `node-${platform}-${process.arch}`, 'bin', name);
}

/** 22.18 is the first Node that runs TypeScript as it is. */
function isRecent() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 18);
}

function stop(message) {
  process.stderr.write(`onramp: ${message}\n`);
  process.exit(1);
}

/** The build tells of itself on stderr: stdout belongs to the command. */
function buildWith(node) {
  process.stderr.write('onramp: building the command, once\n');
  const { status } = spawnSync(node, [join(root, 'scripts', 'build.ts'), '--quiet'], {
    stdio: ['ignore', process.stderr.fd, process.stderr.fd],
    cwd: root,
  });
  if (status !== 0) stop(`the build failed; run "npm ci" and "npm run build" in ${root}`);
}

/** Runs the command in a process of its own and ends as it ended. */
function runWith(node) {
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // The terminal sends Ctrl-C to both processes; the command decides what it means.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => stop(`${node} cannot be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

const node = isRecent() ? process.execPath : installedNode();
if (!existsSync(node)) {
  stop(
    `needs Node 22.18 or newer, this is ${process.versions.node}; run "npm ci" in ${root}, which brings one`,
  );
}
if (!existsSync(main)) buildWith(node);
if (isRecent()) await import(pathToFileURL(main).href);
else runWith(node);
