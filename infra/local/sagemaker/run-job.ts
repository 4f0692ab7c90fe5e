/** Runs a training job as SageMaker does: the container's entry with its folders, its environment and its signals. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { followLog, type LogFile } from '../log-file.ts';
import type { JobDescription } from './job-table.ts';

/** What jobs are run with. */
export interface JobRunnerOptions {
  /** `main.js` of the container. */
  readonly entry: string;
  /** As the functions have it: buckets, endpoints, credentials, a folder for temporary files. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: LogFile;
  readonly onLogError: (message: string) => void;
}

/** How a job ended, in SageMaker's words. */
export type JobEnd = Pick<JobDescription, 'TrainingJobStatus' | 'SecondaryStatus' | 'FailureReason'>;

/** A job at work. */
export interface RunningJob {
  readonly ended: Promise<JobEnd>;
  /** Says SIGTERM, and SIGKILL 120 s later. */
  stop(): void;
  /** Ends it at once, for whoever does not wait. */
  kill(): void;
}

/** SageMaker waits so long after SIGTERM. */
const graceMs = 120_000;
const defaultRuntimeSeconds = 86_400;

/** Starts the process of a job. */
export function runJob(job: JobDescription, options: JobRunnerOptions): RunningJob {
  const folder = makeFolder(job, options.environment.TMPDIR!);
  const { TrainingJobName: name, TrainingJobArn: arn, StoppingCondition } = job;
  const child = spawn(process.execPath, [options.entry, 'train'], {
    env: {
      ...options.environment,
      ...job.Environment,
      SAGEMAKER_BASE_DIR: folder,
      TRAINING_JOB_NAME: name,
      TRAINING_JOB_ARN: arn,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  followLog(child.stdout!, options.log, options.onLogError);
  followLog(child.stderr!, options.log, options.onLogError);
  // Work in the background must not slow the API down.
  if (child.pid !== undefined) setPriority(child.pid, 10);
  let stopped: 'Stopped' | 'MaxRuntimeExceeded' | undefined;
  const stop = (why: 'Stopped' | 'MaxRuntimeExceeded'): void => {
    if (stopped !== undefined) return;
    stopped = why;
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), graceMs).unref();
  };
  const seconds = StoppingCondition.MaxRuntimeInSeconds ?? defaultRuntimeSeconds;
  const timer = setTimeout(() => stop('MaxRuntimeExceeded'), seconds * 1000);
  const ended = endOf(child).then((code): JobEnd => {
    clearTimeout(timer);
    const reason = failureIn(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    if (stopped !== undefined) return { TrainingJobStatus: 'Stopped', SecondaryStatus: stopped };
    if (code === 0) return { TrainingJobStatus: 'Completed', SecondaryStatus: 'Completed' };
    const FailureReason = `AlgorithmError: ${reason}, exit code: ${code}`;
    return { TrainingJobStatus: 'Failed', SecondaryStatus: 'Failed', FailureReason };
  });
  return { ended, stop: () => stop('Stopped'), kill: () => child.kill('SIGKILL') };
}

/** The exit code; as a shell tells it where a signal was the end. */
async function endOf(child: ChildProcess): Promise<number> {
  const failed = once(child, 'error').then(() => 1);
  const closed = once(child, 'close').then(([code]) => (code as number | null) ?? 137);
  return Promise.race([closed, failed]);
}

/** `/opt/ml` of the job. */
function makeFolder({ HyperParameters }: JobDescription, temporaryFolder: string): string {
  const folder = mkdtempSync(join(temporaryFolder, 'job-'));
  const config = join(folder, 'input', 'config');
  mkdirSync(config, { recursive: true });
  for (const name of ['input/data', 'model', 'output']) mkdirSync(join(folder, name), { recursive: true });
  const files = {
    'hyperparameters.json': HyperParameters ?? {},
    'inputdataconfig.json': {},
    'resourceconfig.json': { current_host: 'algo-1', hosts: ['algo-1'], network_interface_name: 'lo' },
  };
  for (const [name, value] of Object.entries(files)) writeFileSync(join(config, name), JSON.stringify(value));
  return folder;
}

function failureIn(folder: string): string {
  const path = join(folder, 'output', 'failure');
  return existsSync(path) ? readFileSync(path, 'utf8').slice(0, 1024) : '';
}
