/** What the training of a forecast will need, estimated from its rows before any is read. */
import type { ForecastSpec } from '../../contracts/model-spec.ts';
import type { TrainingEstimate } from '../estimate.ts';
import { usualTraining } from './network-forecast.ts';
import { forecastersToTry } from './train-forecast.ts';

/** Seconds for a learner's cuts: always, and for each row, of which a learner looks at a bounded number. */
const seconds = {
  seasonal_naive: { always: 0.5, row: 0, rows: 0 },
  exponential_smoothing: { always: 2, row: 1e-4, rows: 20_000 },
  autoregression: { always: 1, row: 6e-5, rows: 100_000 },
  recurrent: { always: 4, row: 6e-3, rows: 5_000 },
  attention: { always: 4, row: 3e-3, rows: 5_000 },
  table: { always: 12, row: 1e-4, rows: 20_000 },
} as const;

/** Reading the rows and putting them in order, and what the process takes without any. */
const readSecondsPerRow = 5e-6;
const baseBytes = 250 * 1_048_576;
const bytesPerRow = 400;

const isNetwork = (name: string): boolean => name === 'recurrent' || name === 'attention';

/** The needs of one learner after the other; of networks of the usual size. */
export function estimateForecast(spec: ForecastSpec, rows: number): TrainingEstimate {
  const known: Readonly<Record<string, { always: number; row: number; rows: number }>> = seconds;
  const { epochs = usualTraining.epochs } = (spec.parameters ?? {}) as { readonly epochs?: number };
  const secondsOf = (name: string): number => {
    const { always, row, rows: most } = known[name] ?? seconds.table;
    return always + row * Math.min(rows, most) * (isNetwork(name) ? epochs / usualTraining.epochs : 1);
  };
  const sum = (names: readonly string[]): number =>
    names.reduce((total, name) => total + secondsOf(name), readSecondsPerRow * rows);
  const names = forecastersToTry(spec);
  return {
    processorSeconds: sum(names),
    // Of a network is kept how far it is.
    longestPartSeconds: sum(names.filter((name) => !isNetwork(name))),
    memoryBytes: baseBytes + bytesPerRow * rows,
  };
}
