/** What a queued run waits for, in figures and in words. */
import type { RunRecord, RunView } from '../contracts/index.ts';
import type { RegistryContext } from './context.ts';
import { findDataset } from './datasets.ts';
import { listOpenRuns, type OpenRun } from './open-runs.ts';

type Waiting = NonNullable<RunView['waiting']>;

/** What a run's view says of its waiting. */
export interface WaitingView {
  readonly message: string;
  readonly waiting: Waiting;
}

/**
 * What each of the runs waits for; nothing is said of one that does not wait, or whose training job is on its way.
 *
 * @param mayName whether the reader may see a model; of runs of others only their number is told
 */
export async function describeWaiting(
  context: RegistryContext,
  runs: readonly RunRecord[],
  mayName: (model: string) => boolean,
): Promise<ReadonlyMap<string, WaitingView>> {
  const waiting = runs.filter(waitsForFunction);
  const open = waiting.length > 0 ? await listOpenRuns(context) : [];
  const views = new Map<string, WaitingView>();
  for (const run of waiting) {
    const isRead = (await findDataset(context, run.dataset, run.data_digest)) !== null;
    views.set(run.run, isRead ? waitingForWorker(run, open, mayName) : waitingForData(run));
  }
  return views;
}

const waitsForFunction = ({ state, placement }: Pick<RunRecord, 'state' | 'placement'>): boolean =>
  state === 'queued' && placement?.job === undefined;

const waitingForData = ({ source, created }: RunRecord): WaitingView => ({
  message: `Waiting until "${source.file}" is read.`,
  waiting: { for: 'data', since: created },
});

function waitingForWorker(
  run: RunRecord,
  open: readonly OpenRun[],
  mayName: (model: string) => boolean,
): WaitingView {
  const others = open.filter((one) => one.run !== run.run || one.model !== run.model);
  const working = others.flatMap(({ record }) => (record && isAtWork(record) ? [record] : []));
  const createdMs = Date.parse(run.created);
  const before = others.filter(
    (one) => one.createdMs < createdMs && (!one.record || waitsForFunction(one.record)),
  );
  const position = before.length + 1;
  const behind = [...working, ...before.flatMap(({ record }) => record ?? [])].filter(({ model }) =>
    mayName(model),
  );
  return {
    // What a paused run has to say is more than that it waits.
    message: run.attempts > 0 ? run.message : messageOf(position, working, mayName),
    waiting: {
      for: 'worker',
      since: run.created,
      position,
      behind: behind.map(({ model, run: id, state, progress, created, started }) => ({
        ...{ model, run: id, progress },
        ...(state === 'running' ? { state, since: started ?? created } : { state: 'queued', since: created }),
      })),
    },
  };
}

/** Held by a worker of the function; one whose version has its number is as good as done. */
const isAtWork = ({ state, version, placement }: RunRecord): boolean =>
  state === 'running' && version === null && placement?.on !== 'job';

/** `Number 2 in the queue: "iris" is being trained since 12:00:31 UTC (run 9f93f38c4f8d89c1).` */
function messageOf(
  position: number,
  working: readonly RunRecord[],
  mayName: (model: string) => boolean,
): string {
  const rank = position === 1 ? 'Next' : `Number ${position}`;
  const [first] = working;
  if (!first) return position === 1 ? 'Waiting for a worker.' : `${rank} in the queue for a worker.`;
  if (working.length > 1) {
    const named = working.find(({ model }) => mayName(model));
    const others = working.length - (named ? 1 : 0);
    const rest = others === 1 ? 'another model' : `${others} ${named ? 'others' : 'other models'}`;
    return `${rank} in the queue: ${named ? `"${named.model}" and ` : ''}${rest} are being trained.`;
  }
  if (!mayName(first.model)) return `${rank} in the queue: another model is being trained.`;
  const since = (first.started ?? first.created).slice(11, 19);
  return `${rank} in the queue: "${first.model}" is being trained since ${since} UTC (run ${first.run}).`;
}
