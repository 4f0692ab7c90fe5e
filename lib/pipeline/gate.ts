/** The gate: whether a new version goes live, from what it scores on rows it has not seen. */
import { isUnsupervised, quantileAsked } from '../contracts/model-spec.ts';
import type { EvaluationReport, MetricTable, VersionManifest } from '../contracts/records.ts';
import { type ComparisonResult, isBetter, metrics } from '../evaluate/index.ts';
import { compareUploads, findSpec, findTrainedVersion, getAliases, maxAttempts } from '../registry/index.ts';
import type { PipelineContext } from './context.ts';
import { compareForecastVersions, forecastQuestion } from './forecast/index.ts';
import { comparePredictions } from './score.ts';
import { compareUnsupervisedVersions, unsupervisedQuestion } from './unsupervised/index.ts';
import { answer, dataOf, missingColumn, withProblem } from './version-answers.ts';

/** Live or kept, and why. */
export type Decision = NonNullable<EvaluationReport['decision']>;

/**
 * Compares a version with the trivial baseline and with the live version. A version that loses is kept, so that a
 * person can still promote it.
 *
 * @param deliveries how often it was begun, this time included; a comparison whose worker keeps dying is given up
 */
export async function decide(
  context: PipelineContext,
  candidate: VersionManifest,
  deliveries: number,
): Promise<Decision> {
  const { model, version, metric } = candidate;
  const aliases = (await getAliases(context, model))?.value;
  const live = aliases?.live ?? null;
  // An earlier delivery has made it live already; only the report is missing.
  if (live === version) return alone('live', aliases?.reason ?? 'It is live.', null);
  const current = await findSpec(context, model);
  if (current && current.digest !== candidate.lineage.spec_digest) {
    return alone('kept', 'The spec was changed while it was trained; a run of the new spec follows.', live);
  }
  const { spec } = candidate.lineage;
  const gateMetric = spec.gate?.metric ?? metric;
  const weak = isMark(candidate) ? null : losesToBaseline(candidate.held_out.metrics, gateMetric);
  if (weak) return alone('kept', weak, live);
  if (spec.gate?.promote === 'manual') {
    return alone('kept', 'The gate is manual: POST .../promote makes it live.', live);
  }
  const champion = live === null ? null : await findTrainedVersion(context, model, live);
  if (!champion) {
    return alone('live', `${meritOf(candidate)}; no version was live before.`, live);
  }
  const isSameDataset = champion.lineage.dataset === candidate.lineage.dataset;
  if (isSameDataset && compareUploads(champion.lineage.source, candidate.lineage.source) > 0) {
    return alone(
      'kept',
      `Version ${champion.version}, which is live, has learnt from newer data.`,
      champion.version,
    );
  }
  if (deliveries > maxAttempts) {
    const reason = `The comparison with version ${champion.version} was begun ${maxAttempts} times and did not end; POST .../promote makes it live.`;
    return alone('kept', reason, champion.version);
  }
  return compareWithLive(context, { candidate, champion, tolerance: spec.gate?.tolerance ?? 0 });
}

/** The seasonal-naive forecast is the mark itself: where nothing beats it, it is the best there is. */
const isMark = ({ learner }: VersionManifest): boolean => learner === 'seasonal_naive';

/** Of anomalies nothing is known but what the model says: it is no better and no worse than another. */
const hasNoMark = 'Without labels there is nothing to measure anomalies by';

/** What speaks for a version that did not lose to the trivial predictor. */
function meritOf(version: VersionManifest): string {
  if (version.metric === 'anomaly_share') return hasNoMark;
  return isMark(version) ? 'It is the trivial baseline itself' : 'It beats the trivial baseline';
}

/** A decision that rests on no comparison of figures. */
export const alone = (
  verdict: Decision['verdict'],
  reason: string,
  comparedWith: string | null,
): Decision => ({
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
  const data = await dataOf(context, candidate);
  const metric = candidate.lineage.spec.gate?.metric ?? candidate.metric;
  if (candidate.task === 'forecast') {
    const result = await compareForecastVersions(context, metric, { candidate, champion, data });
    return verdictOf(result, { metric, champion, tolerance });
  }
  if (isUnsupervised(candidate.lineage.spec)) {
    const result = await compareUnsupervisedVersions(context, metric, { candidate, champion, data });
    if (!result) return alone('live', `${hasNoMark}, so the newest version is live.`, champion.version);
    if ('missing' in result) return lacksColumn(champion, result.missing);
    return verdictOf(result, { metric, champion, tolerance });
  }
  return withProblem(context, candidate, data, async (problem) => {
    const rows = problem.split.heldOut.test;
    const missing = missingColumn(champion, problem);
    if (missing !== null) return lacksColumn(champion, missing);
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

const lacksColumn = ({ version }: VersionManifest, column: string): Decision =>
  alone(
    'live',
    `The live version ${version} needs the column "${column}", which the new data do not have.`,
    version,
  );

function unlikeQuestions(candidate: VersionManifest, champion: VersionManifest): string | null {
  const question = (version: VersionManifest): string => {
    const { task, target, lineage } = version;
    return JSON.stringify([
      task,
      target,
      lineage.spec.relabel ?? null,
      quantileAsked(lineage.spec) ?? null,
      forecastQuestion(version),
      unsupervisedQuestion(version),
    ]);
  };
  if (question(candidate) === question(champion)) return null;
  return `It answers another question than the live version ${champion.version}, so the two cannot be compared. ${meritOf(candidate)}.`;
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
