/** Entry point of a worker thread: does one member's part of the fits it is sent. */
import { parentPort } from 'node:worker_threads';
import { runJob } from './jobs.ts';
import { threadTeam } from './team.ts';
import type { WorkerAnswer, WorkerRequest } from './workers.ts';

const answer = (message: WorkerAnswer): void => parentPort?.postMessage(message);

parentPort?.on('message', ({ member, size, control, job }: WorkerRequest) => {
  const steps = runJob(threadTeam(member, size, control), job);
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return answer({ kind: 'result', result: step.value });
    if (member === 0) answer({ kind: 'progress', fraction: step.value });
  }
});
