/** `onramp logs`: what happened to a model, in the order of time, as far as the API knows. */
import { setTimeout as delay } from 'node:timers/promises';
import { type ApiClient, estimateText } from '../../lib/client/index.ts';
import type { EvaluationReport, RunView } from '../../lib/contracts/index.ts';
import { type Command, type CommandContext, exitCodes, note } from '../command.ts';
import { untilInterrupted } from '../interrupt.ts';

/** One thing that happened. */
interface LogEntry {
  readonly time: string;
  readonly kind: 'run' | 'evaluation';
  readonly id: string;
  readonly message: string;
}

const pollMs = 1000;
const idWidth = 16;

export const logsCommand: Command = {
  name: 'logs',
  args: ['MODEL'],
  summary: 'what happened to a model, oldest first',
  about: `Shows the runs and evaluation reports of a model as one story. The API keeps the newest message of a run, not
those before it: with --follow every message is shown as it comes. The functions' own log lines are elsewhere: in
.onramp/logs on one machine, in CloudWatch in the cloud.`,
  examples: ['onramp logs heart', 'onramp logs heart --follow', 'onramp logs heart --json | jq .message'],
  options: { follow: { about: 'go on until Ctrl-C' } },
  run: async (context) => {
    const { terminal, options } = context;
    if (options.follow !== true) {
      if ((await printNew(context, new Set())) === 0) note(context, 'Nothing has happened yet.');
      return exitCodes.ok;
    }
    return untilInterrupted(terminal, () => 'No longer following.', followLog(context));
  },
};

async function followLog(context: CommandContext): Promise<never> {
  const shown = new Set<string>();
  for (;;) {
    await printNew(context, shown);
    await delay(pollMs);
  }
}

/** Prints what was not shown yet, one line or one JSON object each; gives how many. */
async function printNew(context: CommandContext, shown: Set<string>): Promise<number> {
  const { client, terminal, json, args } = context;
  const fresh = (await readEntries(client, args[0]!)).filter((entry) => !shown.has(keyOf(entry)));
  for (const entry of fresh) {
    shown.add(keyOf(entry));
    terminal.stdout.write(`${json ? JSON.stringify(entry) : textOf(entry)}\n`);
  }
  return fresh.length;
}

/** A run's progress has no time of its own: what tells entries apart is what they say. */
const keyOf = ({ kind, id, message }: LogEntry): string => `${kind} ${id} ${message}`;

const textOf = ({ time, kind, id, message }: LogEntry): string =>
  `${time}  ${kind.padEnd(10)}  ${id.slice(0, idWidth).padEnd(idWidth)}  ${message}`;

async function readEntries(client: ApiClient, model: string): Promise<LogEntry[]> {
  const [runs, reports] = await Promise.all([
    client.call('list-runs', { path: { model } }),
    client.call('list-evaluations', { path: { model } }),
  ]);
  const entries = [...runs.data.flatMap(runEntries), ...reports.data.map(reportEntry)];
  return entries.sort((left, right) => (left.time < right.time ? -1 : left.time > right.time ? 1 : 0));
}

function runEntries(run: RunView): LogEntry[] {
  const entry = (time: string, message: string): LogEntry => ({ time, kind: 'run', id: run.run, message });
  return [
    entry(run.created, `queued for "${run.source.file}"`),
    ...(run.started === null ? [] : [entry(run.started, 'started')]),
    ...(run.ended === null
      ? run.started === null
        ? []
        : [entry(run.started, run.message)]
      : [entry(run.ended, `${run.state}: ${run.message}`)]),
  ];
}

function reportEntry({
  created,
  id,
  version,
  reason,
  rows,
  metric,
  metrics,
  decision,
}: EvaluationReport): LogEntry {
  const main = metrics[metric];
  const figures = main ? `${metric} ${estimateText(main)}` : `${metric} undefined`;
  const verdict = decision ? `; ${decision.verdict}: ${decision.reason}` : '';
  const message = `version ${version} (${reason}) on ${rows} rows: ${figures}${verdict}`;
  return { time: created, kind: 'evaluation', id: reason === 'training' ? `v${version}` : id, message };
}
