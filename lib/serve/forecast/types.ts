/** The vocabulary of one forecast: what it starts from, and what there is to say of that. */

import type { StoredSeries } from '../../contracts/series-spec.ts';
import type { Frequency, Series } from '../../series/index.ts';
import type { SentRows } from './read-body.ts';

/** What a forecast starts from. */
export interface ForecastInput {
  readonly name: string;
  /** The newest values that the version keeps of the series. */
  readonly stored: StoredSeries | null;
  readonly history: SentRows | null;
  readonly future: SentRows | null;
  /** Fields of the request in which history and future are, or could be. */
  readonly places: { readonly history: string; readonly future: string };
  /** Steps; at most those of the model. */
  readonly horizon: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Something about the history that a person should know. */
export interface ForecastWarning {
  readonly code: 'gaps_filled' | 'history_old';
  readonly field: string;
  readonly message: string;
}

/** A series as it is now, ready to be forecast. */
export interface CurrentSeries {
  readonly series: Series;
  readonly frequency: Frequency;
}
