/** The queue before an asynchronous endpoint: takes requests, gives them to the container as it can, none twice at once. */
import { AwsRefusal, type AwsRequest } from '../../aws/index.ts';
import { type AsyncPlaces, answerQueued } from './answer-queued.ts';
import type { Endpoint, EndpointLease } from './endpoint.ts';
import { throttled } from './faults.ts';
import type { Later } from './instance.ts';
import { queuedRequest } from './queued-request.ts';
import { openRequestFolder, type Waiting } from './request-folder.ts';

/** How a queue is kept. */
export interface AsyncQueueOptions extends AsyncPlaces {
  readonly endpoint: Endpoint;
  /** Folder of the requests that wait. */
  readonly directory: string;
  readonly newId: () => string;
  readonly now: () => number;
  readonly later: Later;
  readonly report: (message: string) => void;
}

/** What is told at once: where the answer will be. */
export interface AsyncTicket {
  readonly inferenceId: string;
  readonly outputLocation: string;
  readonly failureLocation: string;
}

/** A queue at work. */
export interface AsyncQueue {
  /** Takes a request; on disk when it is done. @throws AwsRefusal for one that is wrong, and for one too many */
  add(request: AwsRequest): Promise<AsyncTicket>;
  /** To be called when the endpoint may take what it could not before. */
  wake(): void;
  /** Ends the work at once; it is taken up again at the next start. */
  close(): Promise<void>;
}

/** Requests that may wait, so that a program that went wild does not fill the disk. */
const maxWaiting = 10_000;
/** As many are given up at a time, since each is a write to the store. */
const maxLate = 100;
/** How often those who waited too long are looked for. */
const sweepMs = 30_000;

/** Opens a queue and goes on with what it held. */
export function openAsyncQueue(options: AsyncQueueOptions): AsyncQueue {
  const { endpoint, directory, newId, now, later, report } = options;
  const folder = openRequestFolder(directory, (problem) =>
    report(`endpoint ${endpoint.settings.name}: ${problem}`),
  );
  let waiting = folder.waiting();
  const working = new Set<Promise<void>>();
  const closing = new AbortController();
  let callOff: (() => void) | undefined;

  const finish = async ({ file }: Waiting, lease: EndpointLease | null): Promise<void> => {
    const request = folder.read(file);
    if (request) await answerQueued(request, { ...options, lease, signal: closing.signal });
    folder.remove(file);
  };
  const work = (one: Waiting, lease: EndpointLease | null): void => {
    const done = finish(one, lease)
      .catch((error: unknown) => {
        if (closing.signal.aborted) return;
        // The store could not be read or written: tried again, as the answer must not be lost.
        report(
          `endpoint ${endpoint.settings.name}: ${error instanceof Error ? error.message : String(error)}`,
        );
        later(() => {
          waiting = [one, ...waiting];
          wake();
        }, sweepMs);
      })
      .finally(() => {
        lease?.release();
        working.delete(done);
        wake();
      });
    working.add(done);
  };
  const sweep = (): void => {
    callOff = undefined;
    const late = waiting.filter(({ expiresAt }) => expiresAt <= now()).slice(0, maxLate);
    waiting = waiting.filter((request) => !late.includes(request));
    for (const one of late) work(one, null);
    wake();
  };
  const wake = (): void => {
    if (closing.signal.aborted) return;
    while (waiting.length > 0) {
      const lease = takeIfReady(endpoint);
      if (!lease) break;
      work(waiting.shift()!, lease);
    }
    if (waiting.length > 0) callOff ??= later(sweep, sweepMs);
  };
  return {
    wake,
    add: async (request) => {
      if (waiting.length >= maxWaiting) throw throttled(endpoint.settings.name);
      const queued = queuedRequest(request, { endpoint: endpoint.settings.name, id: newId(), nowMs: now() });
      const file = `${String(now()).padStart(15, '0')}-${newId()}.json`;
      await folder.add(file, queued);
      waiting.push({ file, expiresAt: queued.expiresAt });
      wake();
      const uri = (key: string): string => `s3://${options.answers.bucket}/${key}`;
      return {
        inferenceId: queued.inferenceId,
        outputLocation: uri(queued.outputKey),
        failureLocation: uri(queued.failureKey),
      };
    },
    close: async () => {
      closing.abort();
      callOff?.();
      await Promise.all(working);
    },
  };
}

/** A place at the container, `null` where there is none now. */
function takeIfReady(endpoint: Endpoint): EndpointLease | null {
  try {
    return endpoint.take({});
  } catch (error) {
    if (error instanceof AwsRefusal) return null;
    throw error;
  }
}
