/** `onramp runs`, `onramp evaluations`, `onramp retrain`. */
import { setTimeout as delay } from 'node:timers/promises';
import { type ApiClient, estimateText, tableLines } from '../../lib/client/index.ts';
import type { EvaluationReport, RunView } from '../../lib/contracts/index.ts';
import { type Command, exitCodes, note, printJson, printLines } from '../command.ts';
import { untilInterrupted } from '../interrupt.ts';
import { placementLines, printOutcome, readOutcome, runGoesOn, watchRun } from '../watch-run.ts';

const limit = { value: 'N', about: 'how many, newest first (20)' };
const pollMs = 250;

export const runsCommand: Command = {
  name: 'runs',
  args: ['MODEL'],
  summary: 'training runs, newest first',
  about: `Lists the training runs of a model: succeeded (its version went live), kept (published, not live), failed,
cancelled (on request, or as newer data came first), running or queued.`,
  examples: ['onramp runs heart', 'onramp runs heart --limit 5 --json'],
  options: { limit },
  run: async (context) => {
    const query = { limit: String(context.options.limit ?? 20) };
    const list = await context.client.call('list-runs', { path: { model: context.args[0]! }, query });
    if (context.json) printJson(context, list);
    else if (list.data.length > 0) printLines(context, runLines(list.data));
    else note(context, 'There are no runs yet: a run starts when the data set is there.');
    return exitCodes.ok;
  },
};

export const evaluationsCommand: Command = {
  name: 'evaluations',
  args: ['MODEL'],
  summary: 'evaluation reports, newest first',
  about: `Lists the dated reports on a model's versions: after each training, on the model's schedule, and when asked
for. Metrics are those on rows that no version has learnt from.`,
  examples: ['onramp evaluations heart'],
  options: { limit },
  run: async (context) => {
    const query = { limit: String(context.options.limit ?? 20) };
    const list = await context.client.call('list-evaluations', { path: { model: context.args[0]! }, query });
    if (context.json) printJson(context, list);
    else if (list.data.length > 0) printLines(context, reportLines(list.data));
    else note(context, 'There are no evaluations yet: the first follows the first training.');
    return exitCodes.ok;
  },
};

export const retrainCommand: Command = {
  name: 'retrain',
  args: ['MODEL'],
  summary: 'train again on the newest data, and follow',
  about:
    'Trains a model again on the newest version of its data set, though nothing has changed, and follows the run.',
  examples: ['onramp retrain heart'],
  options: {},
  run: async (context) => {
    const { client, terminal, args } = context;
    const model = args[0]!;
    const known = new Set((await runsOf(client, model)).map(({ run }) => run));
    await client.call('retrain', { path: { model } });
    note(context, 'Asked for; the run starts when a worker is free.');
    const run = await untilInterrupted(terminal, runGoesOn(model), firstNewRun(client, model, known));
    const over = await watchRun(context, run);
    return printOutcome(context, await readOutcome(context, over, false));
  },
};

async function runsOf(client: ApiClient, model: string): Promise<readonly RunView[]> {
  return (await client.call('list-runs', { path: { model } })).data;
}

async function firstNewRun(client: ApiClient, model: string, known: ReadonlySet<string>): Promise<RunView> {
  for (;;) {
    const found = (await runsOf(client, model)).find(({ run }) => !known.has(run));
    if (found) return found;
    await delay(pollMs);
  }
}

/** A line a run; then of the newest where it is trained, and why there. */
function runLines(runs: readonly RunView[]): string[] {
  const lines = tableLines(
    ['run', 'state', 'version', 'trained in', 'created', 'file', 'message'],
    runs.map(({ run, state, version, progress, placement, created, source, message }) => [
      run,
      state === 'running' ? `running ${Math.floor(progress * 100)} %` : state,
      version ?? '-',
      placement?.on ?? '-',
      shortTime(created),
      source.file,
      message,
    ]),
  );
  const [newest] = runs;
  const where = newest ? placementLines(newest) : [];
  return where.length > 0 ? [...lines, '', ...where.map((line) => `${newest!.run}: ${line}`)] : lines;
}

function reportLines(reports: readonly EvaluationReport[]): string[] {
  return tableLines(
    ['created', 'version', 'reason', 'rows', 'metric', 'value, 95 % interval', 'decision'],
    reports.map(({ created, version, reason, rows, metric, metrics, decision }) => {
      const main = metrics[metric];
      return [
        shortTime(created),
        version,
        reason,
        String(rows),
        metric,
        main ? estimateText(main) : '-',
        decision ? `${decision.verdict}: ${decision.reason}` : '-',
      ];
    }),
  );
}

/** `2026-11-22 06:00:00Z` */
const shortTime = (time: string): string => `${time.slice(0, 19).replace('T', ' ')}Z`;
