/** Training jobs on one machine: one at a time, started again after a crash, their end told as SageMaker tells it. */
import { type EventFunction, stateChangeMatches, stateChanges } from '../../../lib/contracts/events.ts';
import { AwsRefusal } from '../aws/index.ts';
import { localRegion } from '../config.ts';
import { type CreateTrainingJob, hasEnded, type JobDescription, openJobTable } from './job-table.ts';
import { type JobEnd, type JobRunnerOptions, type RunningJob, runJob } from './run-job.ts';

/** How jobs are kept, run and told of. */
export interface TrainingEngineOptions extends JobRunnerOptions {
  /** Folder of the jobs' records. */
  readonly directory: string;
  /** Puts an event on the queue of a function; on disk when it returns. */
  readonly send: (functionName: EventFunction, body: string) => void;
  readonly newId: () => string;
  readonly now: () => number;
}

/** The three operations, and the end. */
export interface TrainingEngine {
  /** @throws AwsRefusal `ResourceInUse` if there is a job of this name */
  create(request: CreateTrainingJob): JobDescription;
  /** @throws AwsRefusal in the service's words if there is none */
  describe(name: string): JobDescription;
  /** @throws AwsRefusal if there is none, or it has ended */
  stop(name: string): void;
  /** Ends the work at once; it is taken up again at the next start. */
  close(): Promise<void>;
}

/** Starts with the jobs that had no end when the platform stopped. */
export function startTrainingEngine(options: TrainingEngineOptions): TrainingEngine {
  const table = openJobTable(options.directory);
  const change = (name: string, more: Partial<JobDescription>): JobDescription => {
    const job = { ...table.get(name)!, ...more, LastModifiedTime: options.now() / 1000 };
    table.put(job);
    return job;
  };
  const finish = (name: string, end: Partial<JobDescription>): void => {
    const more = { ...end, TrainingEndTime: options.now() / 1000 };
    // Told before it is written: a crash between the two runs the job again, which finds nothing left to do.
    tell({ ...table.get(name)!, ...more }, options);
    change(name, more);
  };
  const line = startLine({
    run: (name) => runJob(change(name, { SecondaryStatus: 'Training' }), options),
    finish,
  });
  const find = (name: string): JobDescription => {
    const job = table.get(name);
    if (!job) throw new AwsRefusal('ValidationException', 'Requested resource not found.');
    return job;
  };
  for (const { TrainingJobName: name, TrainingJobStatus: status } of table.open()) {
    if (status === 'Stopping') finish(name, stopped);
    else line.add(name);
  }
  return {
    describe: find,
    create: (request) => {
      const { TrainingJobName: name } = request;
      if (table.get(name)) {
        throw new AwsRefusal('ResourceInUse', `Job name must be unique, and ${name} already exists.`);
      }
      const job = newJob(request, options.now() / 1000);
      table.put(job);
      line.add(name);
      return job;
    },
    stop: (name) => {
      const job = find(name);
      if (hasEnded(job)) {
        const words = `The request was rejected because the training job is in status ${job.TrainingJobStatus}.`;
        throw new AwsRefusal('ValidationException', words);
      }
      change(name, { TrainingJobStatus: 'Stopping', SecondaryStatus: 'Stopping' });
      if (line.leave(name)) finish(name, stopped);
    },
    close: line.close,
  };
}

const stopped = { TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped' } as const;

const newJob = (request: CreateTrainingJob, at: number): JobDescription => ({
  ...request,
  TrainingJobArn: `arn:aws:sagemaker:${localRegion}:000000000000:training-job/${request.TrainingJobName}`,
  TrainingJobStatus: 'InProgress',
  SecondaryStatus: 'Starting',
  CreationTime: at,
  LastModifiedTime: at,
});

/** Jobs one after the other: each may need the whole machine. */
interface Line {
  add(name: string): void;
  /** True for a job that had not begun; one that has is told to stop. */
  leave(name: string): boolean;
  close(): Promise<void>;
}

function startLine({
  run,
  finish,
}: {
  readonly run: (name: string) => RunningJob;
  readonly finish: (name: string, end: JobEnd) => void;
}): Line {
  const waiting: string[] = [];
  let running: { readonly name: string; readonly work: RunningJob; readonly done: Promise<void> } | undefined;
  let closed = false;
  const next = (): void => {
    const name = closed || running ? undefined : waiting.shift();
    if (name === undefined) return;
    const work = run(name);
    const done = work.ended.then((end) => {
      running = undefined;
      if (closed) return;
      finish(name, end);
      next();
    });
    running = { name, work, done };
  };
  return {
    add: (name) => {
      waiting.push(name);
      next();
    },
    leave: (name) => {
      const place = waiting.indexOf(name);
      if (place >= 0) waiting.splice(place, 1);
      else if (running?.name === name) running.work.stop();
      return place >= 0;
    },
    close: async () => {
      closed = true;
      running?.work.kill();
      await running?.done;
    },
  };
}

/** The event that EventBridge would deliver, to every function that waits for it. */
function tell(job: JobDescription, { send, newId, now }: TrainingEngineOptions): void {
  const { TrainingJobArn: arn, CreationTime, LastModifiedTime, ...detail } = job;
  const event = {
    version: '0',
    id: newId(),
    'detail-type': 'SageMaker Training Job State Change',
    source: 'aws.sagemaker',
    account: '000000000000',
    time: new Date(now()).toISOString(),
    region: localRegion,
    resources: [arn],
    detail: { ...detail, TrainingJobArn: arn },
  };
  for (const line of stateChanges) {
    if (stateChangeMatches(line, event)) send(line.function, JSON.stringify(event));
  }
}
