/** From series and a spec to one tested file: learners are compared by rolling origins, the best is kept. */
import type { ForecastSpec, LearnerName, MetricName } from '../../contracts/model-spec.ts';
import type { Candidate } from '../../contracts/records.ts';
import { invalidInput, type OnrampError } from '../../core/index.ts';
import type { Series } from '../../series/index.ts';
import { interruptions, refuseStopped } from '../interruptions.ts';
import { fitCheckpoint } from '../kept-work.ts';
import type { TrainContext } from '../types.ts';
import { assembleForecast, type ForecastParts } from './assemble-forecast.ts';
import { bestOffsets } from './conformal.ts';
import { answersAt, errorsAt, joinAnswers } from './forecast-at.ts';
import { forecastLearner } from './learners.ts';
import { meanSize } from './linear-forecast.ts';
import { type Cut, type Cuts, cutSeries, mostOrigins } from './origins.ts';
import type { Forecaster, ForecastProblem, ForecastTask, OriginAnswers } from './types.ts';
import { trainingOrigins } from './windows.ts';

/** How forecasts are judged; the metrics themselves live to the right of training and are handed in. */
export interface ForecastJudge {
  readonly metric: MetricName;
  /** `null` where it is undefined. */
  score(answers: OriginAnswers): number | null;
}

/** A tested forecast, ready to be published. */
export interface TrainedForecast {
  readonly learner: LearnerName;
  readonly forecaster: Forecaster;
  readonly task: ForecastTask;
  readonly candidates: readonly Candidate[];
  /** After every origin, each by a model that has not seen it. */
  readonly rolling: OriginAnswers;
  /** After those that are held out, by the file itself. */
  readonly heldOut: OriginAnswers;
  /** The file, with free text in it. */
  assemble(metadata: Readonly<Record<string, string>>): Uint8Array;
}

/** What `auto` compares. */
const automaticLearners = [
  'seasonal_naive',
  'exponential_smoothing',
  'autoregression',
  'boosting',
] as const satisfies readonly LearnerName[];

/** The learners that a spec asks for. */
export const forecastersToTry = ({
  learner = 'auto',
}: Pick<ForecastSpec, 'learner'>): readonly LearnerName[] =>
  learner === 'auto' ? automaticLearners : [learner];

/**
 * Trains as the spec asks. A learner is chosen by its mean score over the cuts before the newest one; what is published
 * has not seen what comes after the newest cut, so that its score there is honest, and reads the values after it as the
 * history of a forecast.
 *
 * @throws invalid_request when the series are too short or no learner can be judged, `conflict` with code `cancelled`
 */
export async function trainForecast(
  problem: ForecastProblem,
  judge: ForecastJudge,
  context: TrainContext,
): Promise<TrainedForecast> {
  const cuts = cutSeries(problem);
  const { frequency, season, horizon, width, series } = problem;
  const task: ForecastTask = {
    ...{ frequency, season, horizon, width, contextLimit: cuts.contextLimit },
    quantiles: problem.quantiles,
    isScaled: sizesDiffer(series),
  };
  const names = forecastersToTry(problem.spec);
  const tried: Tried[] = [];
  for (const [index, name] of names.entries()) {
    const report = (fraction: number, message: string): void =>
      context.onProgress?.((index + fraction) / names.length, `${name}: ${message}`);
    const one = await tryLearner({ problem, task, cuts, judge }, name, { ...context, report });
    if (one) tried.push(one);
  }
  if (tried.length === 0) throw undefinedMetric(judge);
  const best = tried.reduce((left, right) => (right.candidate.score < left.candidate.score ? right : left));
  const { parts, rolling, heldOut } = best;
  return {
    ...{ learner: best.candidate.learner, forecaster: parts.forecaster, task, rolling, heldOut },
    candidates: tried.map(({ candidate }) => candidate),
    assemble: (metadata) => assembleForecast({ ...parts, metadata }),
  };
}

/** Series of which one is so many times larger than another are brought to one scale. */
const largestRatio = 2;

function sizesDiffer(series: readonly Series[]): boolean {
  const sizes = Float64Array.from(series, ({ values }) =>
    meanSize(values, values.length, values.length),
  ).sort();
  return sizes.at(-1)! > largestRatio * sizes[0]!;
}

interface Setting {
  readonly problem: ForecastProblem;
  readonly task: ForecastTask;
  readonly cuts: Cuts;
  readonly judge: ForecastJudge;
}

interface Tried {
  readonly candidate: Candidate;
  readonly parts: ForecastParts;
  readonly rolling: OriginAnswers;
  readonly heldOut: OriginAnswers;
}

type Reporting = TrainContext & { readonly report: (fraction: number, message: string) => void };

/** Nothing if the learner cannot be judged. */
async function tryLearner(setting: Setting, name: LearnerName, context: Reporting): Promise<Tried | null> {
  const { problem, task, cuts } = setting;
  const all = [cuts.heldOut, ...cuts.choosing];
  const fits: { readonly cut: Cut; readonly forecaster: Forecaster }[] = [];
  const started = performance.now();
  for (const [number, cut] of all.entries()) {
    refuseStopped(context);
    const what = `cut ${number + 1} of ${all.length}`;
    const onProgress = (fraction: number, message?: string): void =>
      context.report((number + fraction) / all.length, message ? `${what}, ${message}` : what);
    onProgress(0);
    const work: CutWork = { cut, name: `${name}/cut-${number + 1}`, context, onProgress };
    fits.push({ cut, forecaster: await fitBefore(setting, name, work) });
  }
  const fitMs = Math.round((performance.now() - started) / all.length);
  const [kept, ...others] = fits;
  const offsets = bestOffsets(
    await errorsAt(
      problem,
      task,
      others.length > 0 ? others : [{ ...kept!, cut: seenOrigins(problem, kept!.cut, task) }],
    ),
  );
  const answers: OriginAnswers[] = [];
  for (const { cut, forecaster } of fits) {
    answers.push(await answersAt(problem, cut, { forecaster, task, offsets }));
  }
  const candidate = summarise(name, setting, { answers, fitMs });
  return (
    candidate && {
      candidate,
      parts: { forecaster: kept!.forecaster, task, offsets },
      rolling: joinAnswers(answers),
      heldOut: answers[0]!,
    }
  );
}

/** Every series as far as may be learnt from before a cut. */
const seenBefore = ({ series }: ForecastProblem, { ends }: Cut): readonly Series[] =>
  series.map((one, index) => ({ ...one, values: one.values.subarray(0, ends[index]) }));

/** Origins within what was learnt from, for series so short that there is nothing else. */
function seenOrigins(problem: ForecastProblem, cut: Cut, { contextLimit }: ForecastTask): Cut {
  const windows = { ...problem, context: contextLimit };
  const origins = trainingOrigins(seenBefore(problem, cut), windows, mostOrigins(problem));
  return { ends: cut.ends, origins };
}

/** The fit before one cut. */
interface CutWork {
  readonly cut: Cut;
  /** Under which its checkpoints are kept. */
  readonly name: string;
  readonly context: TrainContext;
  readonly onProgress: (fraction: number, message?: string) => void;
}

function fitBefore(
  { problem, task }: Setting,
  learnerName: LearnerName,
  { cut, name, context, onProgress }: CutWork,
): Promise<Forecaster> {
  const { spec, seed } = problem;
  const seen = seenBefore(problem, cut).filter(({ values }) => values.length > 0);
  const learner = forecastLearner(learnerName);
  const { signal, pause, kept, threads } = context;
  return learner.fit(seen, task, {
    ...{ seed, threads, onProgress },
    ...(spec.parameters && { parameters: spec.parameters }),
    ...interruptions(learner, {
      ...(signal && { signal }),
      ...(pause && { pause }),
      ...(kept && { checkpoint: fitCheckpoint(kept, name) }),
    }),
  });
}

/** What the learner scores; nothing if the metric is undefined wherever it was tried. */
function summarise(
  learner: LearnerName,
  { judge }: Setting,
  { answers, fitMs }: { readonly answers: readonly OriginAnswers[]; readonly fitMs: number },
): Candidate | null {
  const scores = answers.map((one) => judge.score(one));
  const [, ...choosing] = scores;
  const isKnown = (score: number | null): score is number => score !== null && Number.isFinite(score);
  const known = scores.filter(isKnown);
  const basis = choosing.some(isKnown) ? choosing.filter(isKnown) : known;
  if (basis.length === 0) return null;
  return {
    learner,
    metric: judge.metric,
    score: basis.reduce((sum, score) => sum + score, 0) / basis.length,
    fold_scores: known,
    fit_ms: fitMs,
  };
}

const undefinedMetric = ({ metric }: ForecastJudge): OnrampError =>
  invalidInput(
    metric === 'mape'
      ? 'There is no "mape" where a true value is 0. Choose another metric, for example "mase" or "smape".'
      : `The metric "${metric}" is undefined for these series. Choose another, for example "mae".`,
    { code: 'metric_undefined', param: 'metric' },
  );
