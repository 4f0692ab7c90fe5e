/** Third station: a version is scored on rows it has not seen and decided about; the live one is watched on a schedule. */
import { logMessages } from '../contracts/log-messages.ts';
import { isUnsupervised } from '../contracts/model-spec.ts';
import type { DatasetManifest, EvaluationReport, VersionManifest } from '../contracts/records.ts';
import { isOnrampError } from '../core/index.ts';
import { isBetter } from '../evaluate/index.ts';
import {
  concludeRun,
  findReport,
  findRun,
  findTrainedVersion,
  getAliases,
  getLatestDataset,
  putReport,
  setLive,
} from '../registry/index.ts';
import { isFinal, type PipelineContext } from './context.ts';
import { scoreForecastVersion } from './forecast/index.ts';
import { alone, type Decision, decide } from './gate.ts';
import { scorePredictions } from './score.ts';
import { scoreUnsupervisedVersion } from './unsupervised/index.ts';
import { answer, dataOf, missingColumn, withProblem } from './version-answers.ts';

/** What calls for an evaluation. */
export type EvaluationNotice =
  | { readonly kind: 'version'; readonly model: string; readonly version: string }
  | { readonly kind: 'schedule' | 'request'; readonly model: string; readonly id: string };

/** Versions that go live during one decision are few; more is a fault. */
const maxDecisions = 5;

/**
 * Scores what the notice names and writes a dated report; the same notice again changes nothing.
 *
 * @param deliveries how often the notice was delivered, this time included
 */
export async function evaluateNoticed(
  context: PipelineContext,
  notice: EvaluationNotice,
  deliveries = 1,
): Promise<void> {
  if (notice.kind === 'version') {
    await decideOnVersion(context, notice, deliveries);
    return;
  }
  try {
    await reportOnLive(context, notice);
  } catch (error) {
    if (!isFinal(error)) throw error;
    context.logger.warn('The newest data cannot be used to evaluate.', { model: notice.model, error });
  }
}

/** After a training: live, or kept with the reason. */
async function decideOnVersion(
  context: PipelineContext,
  { model, version }: { readonly model: string; readonly version: string },
  deliveries: number,
): Promise<void> {
  const candidate = await findTrainedVersion(context, model, version);
  if (!candidate) return;
  const run = await findRun(context, { model, run: candidate.run });
  // A model can be deleted, or a run cancelled, between a worker's last look and its publishing: nothing of it may go live.
  if (!run || run.state === 'cancelled') return;
  const id = `${candidate.created}-v${version}`;
  const earlier = await findReport(context, model, id);
  const report = earlier ?? (await decideAndReport(context, candidate, { id, deliveries }));
  const { verdict, reason } = report.decision ?? { verdict: 'kept', reason: 'No decision was made.' };
  const message =
    verdict === 'live'
      ? `Version ${version} is live. ${reason}`
      : `Version ${version} is kept, not live. ${reason}`;
  await concludeRun(context, run, { state: verdict === 'live' ? 'succeeded' : 'kept', version, message });
}

async function decideAndReport(
  context: PipelineContext,
  candidate: VersionManifest,
  { id, deliveries }: { readonly id: string; readonly deliveries: number },
): Promise<EvaluationReport> {
  const { model, version } = candidate;
  const decision = await decideAndSwitch(context, candidate, deliveries);
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

/** Decides anew when another version went live meanwhile: what was compared must be what is replaced. */
async function decideAndSwitch(
  context: PipelineContext,
  candidate: VersionManifest,
  deliveries: number,
): Promise<Decision> {
  const { model, version } = candidate;
  for (let attempt = 1; ; attempt += 1) {
    const decision = await decideOrKeep(context, candidate, deliveries);
    if (decision.verdict === 'kept') return decision;
    try {
      const { reason, compared_with: expectedLive } = decision;
      await setLive(context, model, { version, reason, expectedLive });
      return decision;
    } catch (error) {
      if (!isOnrampError(error) || error.code !== 'live_changed' || attempt === maxDecisions) throw error;
    }
  }
}

/** A version that cannot be compared is kept: its run ends, and a person may promote it. */
async function decideOrKeep(
  context: PipelineContext,
  candidate: VersionManifest,
  deliveries: number,
): Promise<Decision> {
  try {
    return await decide(context, candidate, deliveries);
  } catch (error) {
    if (isOnrampError(error) && error.kind === 'upstream') throw error;
    const { model, version } = candidate;
    context.logger.error('The version could not be compared.', { model, version, error });
    return alone(
      'kept',
      'It could not be compared with the live version; POST .../promote makes it live.',
      null,
    );
  }
}

/** On the schedule or when asked: how the live version does on the newest data. */
async function reportOnLive(
  context: PipelineContext,
  { kind, model, id }: { readonly kind: 'schedule' | 'request'; readonly model: string; readonly id: string },
): Promise<void> {
  const live = (await getAliases(context, model))?.value.live ?? null;
  const version = live === null ? null : await findTrainedVersion(context, model, live);
  if (!version) {
    context.logger.info('Nothing to evaluate: no version is live.', { model });
    return;
  }
  const newest = await getLatestDataset(context, version.lineage.dataset);
  const data = newest?.state === 'ready' ? newest : await dataOf(context, version);
  const scored =
    version.task === 'forecast'
      ? await scoreForecastVersion(context, version, data)
      : await scoreOnNewest(context, version, data);
  if (!scored) return;
  const report: EvaluationReport = {
    id,
    model,
    version: version.version,
    reason: kind,
    created: new Date(context.clock.now()).toISOString(),
    dataset: data.dataset,
    data_digest: data.digest,
    rows: scored.rows,
    metric: version.metric,
    metrics: scored.metrics,
    decision: null,
  };
  await putReport(context, report);
  const fall = fallOf(version, report);
  if (fall) context.logger.warn(logMessages.scoreFallen, { model, version: version.version, ...fall });
}

/** Scores on the held-out rows of data; nothing if they lack a column. */
async function scoreOnNewest(
  context: PipelineContext,
  version: VersionManifest,
  data: DatasetManifest,
): Promise<Pick<EvaluationReport, 'metrics' | 'rows'> | null> {
  const { model, version: number } = version;
  const lacks = (column: string): null => {
    context.logger.warn(logMessages.dataDrifted, { model, version: number, column });
    return null;
  };
  if (isUnsupervised(version.lineage.spec)) {
    const scored = await scoreUnsupervisedVersion(context, version, data);
    return 'missing' in scored ? lacks(scored.missing) : scored;
  }
  return withProblem(context, version, data, async (problem) => {
    const rows = problem.split.heldOut.test;
    const column = missingColumn(version, problem);
    if (column !== null) return lacks(column);
    const answered = await answer(context, version, problem, rows);
    return { metrics: scorePredictions(answered, problem.seed), rows: rows.length };
  });
}

/** The score when it was trained and now, if chance does not explain that it has become worse. */
function fallOf({ metric, held_out: trained }: VersionManifest, { metrics }: EvaluationReport) {
  const before = trained.metrics[metric];
  const now = metrics[metric];
  // More anomalies than before are not worse, and fewer not better.
  if (!before || !now || metric === 'anomaly_share') return null;
  // The intervals do not meet: more than enough, as either may be where chance has put it.
  const areApart = now.high < before.low || now.low > before.high;
  return areApart && isBetter(metric, before.value, now.value)
    ? { metric, score: now.value, trained_score: before.value }
    : null;
}
