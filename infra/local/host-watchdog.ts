/** A thread beside a process's own: ends the process when the platform is gone or the memory limit is passed. */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const { parentId, memoryLimitMb }: { readonly parentId: number; readonly memoryLimitMb: number } = workerData;

setInterval(() => {
  if (process.ppid !== parentId) process.kill(process.pid, 'SIGKILL');
  const usedMb = process.memoryUsage.rss() / 1_048_576;
  if (usedMb <= memoryLimitMb) return;
  const message = `Memory limit passed: ${Math.round(usedMb)} MB used, ${memoryLimitMb} MB allowed`;
  writeSync(2, `${JSON.stringify({ level: 'ERROR', message })}\n`);
  process.kill(process.pid, 'SIGKILL');
}, 250);
