/** Rolling origins: the places from which is forecast to test a learner, and the part of the series before them. */
import { maxContext } from '../../contracts/series-spec.ts';
import { invalidInput, type OnrampError } from '../../core/index.ts';
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
/** The one held out, and those that choose. */
export const maxCuts = 4;
/** Origins of a cut at most, as more sharpen no score that matters, and numbers of their answers. */
const maxOrigins = 1_500;
const maxAnswers = 2_000_000;
/** Seasons that are seen at most by a forecast. */
const seasonsInContext = 10;

/** Values of the longest series. */
export const longestOf = (series: readonly Series[]): number =>
  series.reduce((most, { values }) => Math.max(most, values.length), 0);

/** The longest span of values that a forecast may be made from, for series of some length. */
export function contextLimitOf(
  longest: number,
  { season, horizon }: Pick<ForecastProblem, 'season' | 'horizon'>,
): number {
  const wanted = Math.max(seasonsInContext * season, 2 * horizon, 32);
  return Math.max(season, Math.min(wanted, Math.floor(longest / 3), maxContext));
}

/** The refusal of a setting that asks for more values than a forecast may be made from. */
export const windowTooLong = (
  what: 'window' | 'patch' | 'order',
  { asked, contextLimit }: { readonly asked: number; readonly contextLimit: number },
): OnrampError =>
  invalidInput(
    `The ${what} of ${asked} values is too long: with this history and horizon a forecast can be made from at most ${contextLimit}. Shorten it or upload a longer history.`,
    { code: 'history_too_short', param: `parameters.${what}` },
  );

/**
 * Up to four cuts at the same moments in all series, so that nothing learnt comes from after a tested moment.
 *
 * @throws invalid_request `history_too_short` if the horizon is too long for the series
 */
export function cutSeries(problem: ForecastProblem): Cuts {
  const { series, frequency, horizon } = problem;
  const longest = longestOf(series);
  const contextLimit = contextLimitOf(longest, problem);
  const length = Math.max(horizon, Math.floor(testShare * longest));
  // The part before the first tested origin has to hold one window to learn from.
  const needed = contextLimit + 2 * horizon;
  const possible = Math.floor((longest - needed - (length - horizon)) / length) + 1;
  if (longest < needed || possible < 1) throw tooShort(problem, longest, contextLimit + horizon + length);
  const newest = newestStamp(series, frequency);
  const cuts: Cut[] = [];
  for (let number = 1; number <= Math.min(possible, maxCuts); number += 1) {
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

/** The moment of the newest value of all. */
export const newestStamp = (series: readonly Series[], frequency: Frequency): number =>
  series.reduce((newest, one) => Math.max(newest, lastStamp(one, frequency)), Number.NEGATIVE_INFINITY);

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly contextLimit: number;
}

/** Origins from which a learner is tested at most. */
export const mostOrigins = ({ horizon, quantiles }: Pick<ForecastProblem, 'horizon' | 'quantiles'>): number =>
  Math.min(maxOrigins, Math.ceil(maxAnswers / (horizon * quantiles.length)));

function cutAt(problem: ForecastProblem, { from, to, contextLimit }: Stretch): Cut {
  const { series, frequency, horizon, season } = problem;
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
  const places = stretches.map(({ first, last }) => last - first + 1);
  const chosen = spreadEvenly(places, { season, most: mostOrigins(problem) });
  const origins = chosen.map(({ series: number, step }) => ({
    series: number,
    at: stretches[number]!.first + step,
  }));
  return { ends, origins };
}

/**
 * Every so many-th place, counted on from one series to the next, so that there are no more than asked for, however many
 * the series. The stride has no common divisor with the season: every hour of the day has its turn.
 *
 * @param places of each series; fewer than one is none
 */
export function spreadEvenly(
  places: readonly number[],
  { season, most }: { readonly season: number; readonly most: number },
): readonly { readonly series: number; readonly step: number }[] {
  const total = places.reduce((sum, count) => sum + Math.max(0, count), 0);
  let stride = Math.max(1, Math.ceil(total / most));
  while (greatestDivisor(stride, season) > 1) stride += 1;
  const chosen: { series: number; step: number }[] = [];
  let next = 0;
  for (const [series, count] of places.entries()) {
    for (; next < count; next += stride) chosen.push({ series, step: next });
    next -= Math.max(0, count);
  }
  return chosen;
}

const greatestDivisor = (left: number, right: number): number =>
  right === 0 ? left : greatestDivisor(right, left % right);

function tooShort(
  { series, horizon, frequency }: ForecastProblem,
  longest: number,
  needed: number,
): OnrampError {
  const one = series.find(({ values }) => values.length === longest)!;
  const which = one.name === '' ? 'The series has' : `The longest of the ${series.length} series has`;
  return invalidInput(
    `${which} ${longest} values, from ${stampText(one.start)} to ${stampText(lastStamp(one, frequency))}; a horizon of ${horizon} steps needs at least ${needed} to learn from and to test on. Shorten "series.horizon" or upload a longer history.`,
    { code: 'history_too_short', param: 'series.horizon' },
  );
}
