/** Third station: a version is scored on rows it has not seen and compared with the live one; the gate decides. */
import { join } from 'node:path';
import { artifactKeys } from '../contracts/keys.ts';
import type {
  DatasetManifest,
  EvaluationReport,
  MetricTable,
  VersionManifest,
} from '../contracts/records.ts';
import { internal } from '../core/index.ts';
import { type ComparisonResult, isBetter, metrics, mostProbable } from '../evaluate/index.ts';
import { createSession } from '../onnx/index.ts';
import {
  compareUploads,
  concludeRun,
  findDataset,
  findReport,
  findSpec,
  findVersion,
  getAliases,
  getLatestDataset,
  loadArtifact,
  putReport,
  setLive,
} from '../registry/index.ts';
import { type ClassTarget, type Predictions, predictTable, takeTarget } from '../train/index.ts';
import { inWorkDirectory, type PipelineContext } from './context.ts';
import { type PreparedProblem, prepareProblem } from './problem.ts';
import { type Answered, comparePredictions, scorePredictions } from './score.ts';

/** What calls for an evaluation. */
export type EvaluationNotice =
  | { readonly kind: 'version'; readonly model: string; readonly version: string }
  | { readonly kind: 'schedule' | 'request'; readonly model: string; readonly id: string };

type Decision = NonNullable<EvaluationReport['decision']>;

/** Scores what the notice names and writes a dated report; the same notice again changes nothing. */
export async function evaluateNoticed(context: PipelineContext, notice: EvaluationNotice): Promise<void> {
  if (notice.kind === 'version') await decideOnVersion(context, notice);
  else await reportOnLive(context, notice);
}

/** After a training: live, or kept with the reason. */
async function decideOnVersion(
  context: PipelineContext,
  { model, version }: { readonly model: string; readonly version: string },
): Promise<void> {
  const candidate = await findVersion(context, model, version);
  if (!candidate) return;
  const id = `${candidate.created}-v${version}`;
  const earlier = await findReport(context, model, id);
  const report = earlier ?? (await decideAndReport(context, candidate, id));
  const { verdict, reason } = report.decision ?? { verdict: 'kept', reason: 'No decision was made.' };
  const message =
    verdict === 'live'
      ? `Version ${version} is live. ${reason}`
      : `Version ${version} is kept, not live. ${reason}`;
  await concludeRun(
    context,
    { model, run: candidate.run },
    { state: verdict === 'live' ? 'succeeded' : 'kept', version, message },
  );
}

async function decideAndReport(
  context: PipelineContext,
  candidate: VersionManifest,
  id: string,
): Promise<EvaluationReport> {
  const { model, version } = candidate;
  const decision = await decide(context, candidate);
  if (decision.verdict === 'live') await setLive(context, model, { version, reason: decision.reason });
  const report: EvaluationReport = {
    id,
    model,
    version,
    reason: 'training',
    created: new Date(context.clock.now()).toISOString(),
    dataset: candidate.lineage.dataset,
    data_digest: candidate.lineage.data_digest,
    rows: candidate.held_out.rows,
    metric: candidate.metric,
    metrics: candidate.held_out.metrics,
    decision,
  };
  return (await putReport(context, report)).report;
}

async function decide(context: PipelineContext, candidate: VersionManifest): Promise<Decision> {
  const { model, version, metric } = candidate;
  const aliases = (await getAliases(context, model))?.value;
  const live = aliases?.live ?? null;
  // An earlier delivery has made it live already; only the report is missing.
  if (live === version) return alone('live', aliases?.reason ?? 'It is live.', null);
  const spec = (await findSpec(context, model))?.spec ?? candidate.lineage.spec;
  const gateMetric = spec.gate?.metric ?? metric;
  const weak = losesToBaseline(candidate.held_out.metrics, gateMetric);
  if (weak) return alone('kept', weak, live);
  if (spec.gate?.promote === 'manual') {
    return alone('kept', 'The gate is manual: POST .../promote makes it live.', live);
  }
  const champion = live === null ? null : await findVersion(context, model, live);
  if (!champion) return alone('live', 'It beats the trivial baseline; no version was live before.', null);
  if (compareUploads(champion.lineage.source, candidate.lineage.source) > 0) {
    return alone(
      'kept',
      `Version ${champion.version}, which is live, has learnt from newer data.`,
      champion.version,
    );
  }
  return compareWithLive(context, { candidate, champion, tolerance: spec.gate?.tolerance ?? 0 });
}

const alone = (verdict: Decision['verdict'], reason: string, comparedWith: string | null): Decision => ({
  verdict,
  reason,
  compared_with: comparedWith,
  difference: null,
  low: null,
  high: null,
});

/** Why the version is no better than the trivial predictor, or `null`. */
function losesToBaseline(scores: MetricTable, metric: VersionManifest['metric']): string | null {
  const found = scores[metric];
  if (!found) return `The metric ${metric} is undefined on the held-out rows; upload more rows.`;
  if (found.baseline === null || isBetter(metric, found.value, found.baseline)) return null;
  return `On the ${metric} of the held-out rows it scores ${round(found.value)}, no better than the trivial baseline's ${round(found.baseline)}.`;
}

interface Rivals {
  readonly candidate: VersionManifest;
  readonly champion: VersionManifest;
  readonly tolerance: number;
}

/** Both versions answer the rows the candidate has not seen; a row held out once is held out from every version. */
async function compareWithLive(
  context: PipelineContext,
  { candidate, champion, tolerance }: Rivals,
): Promise<Decision> {
  const unlike = unlikeQuestions(candidate, champion);
  if (unlike) return alone('live', unlike, champion.version);
  return withProblem(context, candidate, await dataOf(context, candidate), async (problem) => {
    const rows = problem.split.heldOut.test;
    const missing = missingColumn(champion, problem);
    if (missing !== null) {
      return alone(
        'live',
        `The live version ${champion.version} needs the column "${missing}", which the new data do not have.`,
        champion.version,
      );
    }
    const metric = candidate.lineage.spec.gate?.metric ?? candidate.metric;
    const result = comparePredictions(
      metric,
      {
        candidate: await answer(context, candidate, problem, rows),
        champion: await answer(context, champion, problem, rows),
      },
      problem.seed,
    );
    return verdictOf(result, { metric, champion, tolerance });
  });
}

function unlikeQuestions(candidate: VersionManifest, champion: VersionManifest): string | null {
  const question = ({ task, target, lineage }: VersionManifest): string =>
    JSON.stringify([task, target, lineage.spec.relabel ?? null]);
  if (question(candidate) === question(champion)) return null;
  return `It answers another question than the live version ${champion.version}, so the two cannot be compared; it beats the trivial baseline.`;
}

function missingColumn({ schema }: VersionManifest, { table }: PreparedProblem): string | null {
  const typeOf = new Map(table.columns.map(({ name, type }) => [name, type]));
  const lost = schema.features.find(({ name, type }) => {
    const now = typeOf.get(name);
    return now === undefined || (now === 'numeric') !== (type === 'numeric');
  });
  return lost?.name ?? null;
}

function verdictOf(
  result: ComparisonResult,
  {
    metric,
    champion,
    tolerance,
  }: {
    readonly metric: VersionManifest['metric'];
    readonly champion: VersionManifest;
    readonly tolerance: number;
  },
): Decision {
  const { difference, low, high } = result;
  const details = { compared_with: champion.version, difference, low, high };
  const bestCase = metrics[metric].better === 'higher' ? high : low === null ? null : -low;
  const loses = result.verdict === 'worse' && bestCase !== null && bestCase < -tolerance;
  const figures =
    difference === null
      ? ''
      : ` (${metric} ${difference >= 0 ? '+' : ''}${round(difference)}, 95 % interval ${round(low ?? 0)} to ${round(high ?? 0)})`;
  const reason = loses
    ? `It loses to the live version ${champion.version} on the same held-out rows${figures}.`
    : `It does not lose to version ${champion.version} on the same held-out rows${figures}.`;
  return { verdict: loses ? 'kept' : 'live', reason, ...details };
}

const round = (value: number): string => String(Number(value.toPrecision(4)));

/** On the schedule or when asked: how the live version does on the newest data. */
async function reportOnLive(
  context: PipelineContext,
  { kind, model, id }: { readonly kind: 'schedule' | 'request'; readonly model: string; readonly id: string },
): Promise<void> {
  const live = (await getAliases(context, model))?.value.live ?? null;
  const version = live === null ? null : await findVersion(context, model, live);
  if (!version) {
    context.logger.info('Nothing to evaluate: no version is live.', { model });
    return;
  }
  const newest = await getLatestDataset(context, version.lineage.dataset);
  const data = newest?.state === 'ready' ? newest : await dataOf(context, version);
  await withProblem(context, version, data, async (problem) => {
    const rows = problem.split.heldOut.test;
    const missing = missingColumn(version, problem);
    if (missing !== null) {
      context.logger.warn('The live version cannot read the newest data.', {
        model,
        version: version.version,
        column: missing,
      });
      return;
    }
    const answered = await answer(context, version, problem, rows);
    const report: EvaluationReport = {
      id,
      model,
      version: version.version,
      reason: kind,
      created: new Date(context.clock.now()).toISOString(),
      dataset: data.dataset,
      data_digest: data.digest,
      rows: rows.length,
      metric: version.metric,
      metrics: scorePredictions(answered, problem.seed),
      decision: null,
    };
    await putReport(context, report);
  });
}

async function dataOf(context: PipelineContext, { lineage }: VersionManifest): Promise<DatasetManifest> {
  const data = await findDataset(context, lineage.dataset, lineage.data_digest);
  if (data) return data;
  throw internal(`Data set "${lineage.dataset}" no longer has the version ${lineage.data_digest}.`, {
    code: 'dataset_missing',
  });
}

/** Reads the data as the version's own spec wants them, in a folder that is gone afterwards. */
async function withProblem<T>(
  context: PipelineContext,
  { lineage }: VersionManifest,
  data: DatasetManifest,
  work: (problem: PreparedProblem) => Promise<T>,
): Promise<T> {
  return inWorkDirectory(async (directory) => {
    const path = join(directory, 'table.parquet');
    const found = await context.artifacts.download(
      artifactKeys.datasetTable(data.dataset, data.digest),
      path,
    );
    if (!found)
      throw internal(`The table of data set "${data.dataset}" is missing.`, { code: 'table_missing' });
    return work(await prepareProblem(context, lineage.spec, { path, directory, fileName: data.source.file }));
  });
}

/** A version's answers to rows of the problem, put in the order of the problem's classes. */
async function answer(
  context: PipelineContext,
  version: VersionManifest,
  problem: PreparedProblem,
  rows: Uint32Array,
): Promise<Answered> {
  const session = await createSession(await loadArtifact(context, version));
  try {
    const predictions = await predictTable(session, version.schema, problem.table, rows);
    const { target, positive, lastValues } = problem;
    return {
      target: takeTarget(target, rows),
      predictions:
        target.task === 'classification' ? alignClasses(predictions, version, target) : predictions,
      ...(positive !== undefined && { positive }),
      ...(lastValues && { lastValues: Float64Array.from(rows, (row) => lastValues[row]!) }),
    };
  } finally {
    await session.release();
  }
}

/** Probabilities by the target's classes: a class the model does not know gets 0, one that is gone is left out. */
function alignClasses(
  predictions: Predictions,
  { schema }: VersionManifest,
  { classes }: ClassTarget,
): Predictions {
  const own = schema.classes ?? [];
  const same = own.length === classes.length && own.every((label, index) => label === classes[index]);
  if (same || predictions.task !== 'classification') return predictions;
  const from = classes.map((label) => own.indexOf(label));
  const rows = predictions.labels.length;
  const probabilities = new Float32Array(rows * classes.length);
  for (let row = 0; row < rows; row += 1) {
    const shares = from.map((code) => (code < 0 ? 0 : predictions.probabilities[row * own.length + code]!));
    const sum = shares.reduce((total, share) => total + share, 0);
    for (const [code, share] of shares.entries()) {
      probabilities[row * classes.length + code] = sum > 0 ? share / sum : 1 / classes.length;
    }
  }
  const likeliest = mostProbable(probabilities, classes.length);
  const labels = predictions.labels.map((label, row) =>
    classes.includes(label) ? label : classes[likeliest[row]!]!,
  );
  return { task: 'classification', probabilities, labels };
}
