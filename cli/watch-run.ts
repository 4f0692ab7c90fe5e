/** Shows a run until it is over, and what came of it. */

import {
  type Answer,
  count,
  createLiveLines,
  curlLine,
  exampleRow,
  followRun,
  forecastCurlLine,
  type LiveLines,
  metricLines,
  runLine,
} from '../lib/client/index.ts';
import { isImported, type RunView } from '../lib/contracts/index.ts';
import { OnrampError } from '../lib/core/index.ts';
import { type CommandContext, exitCodes, printJson, printLines } from './command.ts';
import { untilInterrupted } from './interrupt.ts';

/** A version that was trained, as the API shows it. */
type TrainedVersion = Exclude<Answer<'get-version'>, { origin: 'import' }>;

/** A run that is over, with the version it made. */
export interface Outcome {
  readonly run: RunView;
  readonly version: TrainedVersion | null;
  /** The version that is live now, which after an old run may be another one. */
  readonly live: string | null;
  readonly trainedBefore: boolean;
}

/** Follows a run with a bar on a terminal, with a line for each stage and now and then elsewhere; always on stderr. */
export async function watchRun(context: CommandContext, { model, run }: RunView): Promise<RunView> {
  const { client, terminal } = context;
  const lines = createLiveLines(terminal.stderr);
  const ended = followRun(client, { model, run, onChange: (now) => showUnlessFailed(lines, now) });
  const over = await untilInterrupted(terminal, runGoesOn(model), ended);
  lines.end();
  return over;
}

/** A failure is told once, at the end. */
function showUnlessFailed(lines: LiveLines, run: RunView): void {
  if (run.state !== 'failed' && run.state !== 'cancelled') lines.show([runLine(run)]);
}

/** What Ctrl-C says once the service has the work. */
export const runGoesOn = (model: string) => (): string =>
  `The run goes on without this command; "onramp runs ${model}" shows how it ends, "onramp cancel ${model}" ends it.`;

/** Reads what a run has made. */
export async function readOutcome(
  { client }: CommandContext,
  run: RunView,
  trainedBefore: boolean,
): Promise<Outcome> {
  const { model } = run;
  const { live } = await client.call('get-model', { path: { model } });
  if (run.version === null) return { run, version: null, live, trainedBefore };
  const found = await client.call('get-version', { path: { model, version: run.version } });
  // By now the model may be another one, which was made under the same name.
  return { run, version: isImported(found) ? null : found, live, trainedBefore };
}

/** Prints an outcome. Gives the exit code: a run that failed or was cancelled is a failure. */
export async function printOutcome(context: CommandContext, outcome: Outcome): Promise<number> {
  const { run, version, live, trainedBefore } = outcome;
  const curl = version && (await curlFor(context, version, live));
  const code = run.state === 'succeeded' || run.state === 'kept' ? exitCodes.ok : exitCodes.failed;
  if (context.json) printJson(context, { run, version, live, trained_before: trainedBefore, curl });
  else if (version) printLines(context, successLines(context, { ...outcome, version }, curl ?? ''));
  else context.terminal.stderr.write(`${failureText(context, outcome)}\n`);
  return code;
}

function successLines(
  { style }: CommandContext,
  { run, version, live, trainedBefore }: Outcome & { readonly version: TrainedVersion },
  curl: string,
): string[] {
  const { metric, metrics, held_out: heldOut, warnings } = version;
  const isLive = version.version === live;
  const known = `Version ${version.version} has learnt these very data with this spec before; nothing was trained. ${
    isLive ? 'It is live.' : `Live is version ${live ?? 'none'}.`
  }`;
  const verdict = trainedBefore ? known : run.message;
  return [
    style.bold(isLive ? style.good(verdict) : style.warn(verdict)),
    '',
    `${run.model} version ${version.version}: ${version.learner}, ${taskText(version)}`,
    testLine(version),
    ...placementLines(run),
    '',
    ...metricLines(metrics, metric, heldOut.metrics).map(indent),
    ...warningLines(warnings).map((line) => style.warn(line)),
    '',
    isLive ? 'Ask it:' : 'Ask this version, which is not live:',
    '',
    curl,
  ];
}

const taskText = ({ task, target, schema: { clusters } }: TrainedVersion): string => {
  if (target !== undefined) return `${task} of "${target}"`;
  return clusters ? `${task}, ${count(clusters.count, 'group')}` : task;
};

/** Where a run was trained, and why there; nothing of a run that has not come so far. */
export const placementLines = ({ placement }: RunView): string[] =>
  placement
    ? [`Trained in ${placement.on === 'job' ? 'a training job' : 'the function'}. ${placement.reason}`]
    : [];

/** From how many rows it has learnt, and on what it was tested. */
function testLine({ lineage, held_out: heldOut, task, learner, candidates }: TrainedVersion): string {
  const rows = count(lineage.rows, 'row');
  // Networks on many rows are fitted once, and tested on what was held out from that.
  const tests = candidates.find((one) => one.learner === learner)?.fold_scores.length;
  if (task !== 'forecast' && tests === 1) {
    return `${rows}, tested on ${count(heldOut.rows, 'row')} held out (${lineage.split}); * decides`;
  }
  return task === 'forecast'
    ? `${rows}, tested by rolling origins; ${count(heldOut.rows, 'forecast')} held out; * decides`
    : `${rows}, cross-validated; ${count(heldOut.rows, 'row')} held out (${lineage.split}); * decides`;
}

/** Warnings about the data, one a line with its column. */
export function warningLines(
  warnings: readonly { readonly column?: string | null; readonly message?: string }[],
): string[] {
  if (warnings.length === 0) return [];
  const lines = warnings.map(({ column, message = '' }) =>
    indent(column && !message.includes(column) ? `${column}: ${message}` : message),
  );
  return ['', 'Look at these before you trust it:', ...lines];
}

function failureText({ style }: CommandContext, { run, trainedBefore }: Outcome): string {
  const what = run.state === 'cancelled' ? 'was cancelled' : run.state;
  const before = trainedBefore ? ' These very data ended so before with this spec.' : '';
  const hint =
    run.state === 'failed' && run.error?.code === 'internal'
      ? ` "onramp retrain ${run.model}" tries again.`
      : '';
  return style.bad(
    `onramp: the run of "${run.model}" ${what}: ${run.error?.message ?? run.message}${before}${hint}`,
  );
}

/** A line that works when pasted: a version that is not live is asked for by its number. */
async function curlFor(
  { client, terminal }: CommandContext,
  version: TrainedVersion,
  live: string | null,
): Promise<string> {
  const { model, lineage, schema } = version;
  const profile = await client
    .call('get-dataset', { path: { dataset: lineage.dataset } })
    .then((dataset) => (dataset.digest === lineage.data_digest ? dataset.profile : null))
    .catch((error: unknown) => {
      if (error instanceof OnrampError && error.kind === 'not_found') return null;
      throw error;
    });
  // A key from the environment is named, not shown: the line may be copied into a document.
  const isNamed = client.apiKey === terminal.env.ONRAMP_API_KEY;
  const asked = {
    model,
    apiKey: isNamed ? { variable: 'ONRAMP_API_KEY' } : client.apiKey,
    ...(version.version !== live && { version: version.version }),
  };
  const { series } = schema;
  if (series) return forecastCurlLine(client.url, { ...asked, series });
  return curlLine(client.url, { ...asked, row: exampleRow(schema, profile) });
}

const indent = (line: string): string => `  ${line}`;
