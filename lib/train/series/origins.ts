/** Rolling origins: the places from which is forecast to test a learner, and the part of the series before them. */
import { invalidInput } from '../../core/index.ts';
import { addSteps, type Frequency, type Series, stampText, stepsBetween } from '../../series/index.ts';
import type { ForecastProblem, Origin } from './types.ts';

/** A cut in time: learnt is from what is before it, tested on the stretch after it. */
export interface Cut {
  /** Of each series, the values that may be learnt from. */
  readonly ends: readonly number[];
  readonly origins: readonly Origin[];
}

/** The cuts, the newest first: it is held out, the others choose. */
export interface Cuts {
  readonly heldOut: Cut;
  readonly choosing: readonly Cut[];
  /** Values that every origin has before it. */
  readonly contextLimit: number;
}

/** Share of the steps that each cut tests. */
const testShare = 0.1;
const choosingCuts = 3;
/** Origins of a cut at most: more sharpen no score that matters. */
const maxOrigins = 1_500;
/** Seasons that are seen at most by a forecast. */
const seasonsInContext = 10;

/** The longest span of values that a forecast may be made from, for series of some length. */
export function contextLimitOf(
  longest: number,
  { season, horizon }: Pick<ForecastProblem, 'season' | 'horizon'>,
): number {
  const wanted = Math.max(seasonsInContext * season, 2 * horizon, 32);
  return Math.max(season, Math.min(wanted, Math.floor(longest / 3), 4_000));
}

/**
 * Up to four cuts at the same moments in all series, so that nothing learnt comes from after a tested moment.
 *
 * @throws invalid_request `history_too_short` if the horizon is too long for the series
 */
export function cutSeries(problem: ForecastProblem): Cuts {
  const { series, frequency, horizon } = problem;
  const longest = Math.max(...series.map(({ values }) => values.length));
  const contextLimit = contextLimitOf(longest, problem);
  const length = Math.max(horizon, Math.floor(testShare * longest));
  // The part before the first tested origin has to hold one window to learn from.
  const needed = contextLimit + 2 * horizon;
  const possible = Math.floor((longest - needed - (length - horizon)) / length) + 1;
  if (longest < needed || possible < 1) throw tooShort(problem, longest, contextLimit + horizon + length);
  const newest = Math.max(...series.map((one) => lastStamp(one, frequency)));
  const cuts: Cut[] = [];
  for (let number = 1; number <= Math.min(possible, choosingCuts + 1); number += 1) {
    const from = addSteps(frequency, newest, 1 - number * length);
    const to = addSteps(frequency, from, length);
    cuts.push(cutAt(problem, { from, to, contextLimit }));
  }
  const [heldOut, ...choosing] = cuts.filter(({ origins }) => origins.length > 0);
  if (!heldOut) throw tooShort(problem, longest, contextLimit + horizon + length);
  return { heldOut, choosing, contextLimit };
}

const lastStamp = ({ start, values }: Series, frequency: Frequency): number =>
  addSteps(frequency, start, values.length - 1);

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly contextLimit: number;
}

function cutAt(
  { series, frequency, horizon, season }: ForecastProblem,
  { from, to, contextLimit }: Stretch,
): Cut {
  const placeOf = ({ start, values }: Series, moment: number): number => {
    const steps = stepsBetween(frequency, start, moment);
    const place = addSteps(frequency, start, steps) < moment ? steps + 1 : steps;
    return Math.max(0, Math.min(values.length, place));
  };
  const ends = series.map((one) => placeOf(one, from));
  const stretches = series.map((one, index) => ({
    first: Math.max(ends[index]!, contextLimit),
    last: placeOf(one, to) - horizon,
  }));
  const count = stretches.reduce((sum, { first, last }) => sum + Math.max(0, last - first + 1), 0);
  const stride = strideOf(count, season);
  const origins = stretches.flatMap(({ first, last }, index) => {
    const places = Math.max(0, Math.floor((last - first) / stride) + 1);
    return Array.from({ length: places }, (_, step) => ({ series: index, at: first + step * stride }));
  });
  return { ends, origins };
}

/** A stride without a common divisor with the season: every hour of the day has its turn. */
export function strideOf(count: number, season: number, most = maxOrigins): number {
  let stride = Math.max(1, Math.ceil(count / most));
  while (greatestDivisor(stride, season) > 1) stride += 1;
  return stride;
}

const greatestDivisor = (left: number, right: number): number =>
  right === 0 ? left : greatestDivisor(right, left % right);

function tooShort({ series, horizon, frequency }: ForecastProblem, longest: number, needed: number): Error {
  const one = series.find(({ values }) => values.length === longest)!;
  const which = one.name === '' ? 'The series has' : `The longest of the ${series.length} series has`;
  return invalidInput(
    `${which} ${longest} values, from ${stampText(one.start)} to ${stampText(lastStamp(one, frequency))}; a horizon of ${horizon} steps needs at least ${needed} to learn from and to test on. Shorten "series.horizon" or upload a longer history.`,
    { code: 'history_too_short', param: 'series.horizon' },
  );
}
