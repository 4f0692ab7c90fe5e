/** What the training of a forecast will need, estimated from its rows before any is read. */
import { learnerParameters } from '../../contracts/learner-parameters.ts';
import type { ForecastSpec, LearnerName, TableLearnerName } from '../../contracts/model-spec.ts';
import { maxContext } from '../../contracts/series-spec.ts';
import { splitFolds } from '../../dataset/index.ts';
import { parseFrequency, usualSeason } from '../../series/index.ts';
import { estimateTraining, type TrainingEstimate } from '../estimate.ts';
import { expectedFolds } from '../folds-to-test.ts';
import { learners } from '../learners/index.ts';
import { costOfRow, parameterCount } from '../networks/index.ts';
import { forecastNetwork } from './forecast-network.ts';
import { maxLags, maxRows } from './lagged.ts';
import { maxWindows, type NetworkName, readingOf, usualTraining } from './network-forecast.ts';
import { maxCuts } from './origins.ts';
import { forecastersToTry } from './train-forecast.ts';

/** What one learner needs beside the rows. */
type Needs = Pick<TrainingEstimate, 'processorSeconds' | 'memoryBytes'>;

/** Seconds for the cuts of learners that are quick: always, and for each row, of which they look at a bounded number. */
const quick: Readonly<Record<string, { always: number; row: number; rows: number }>> = {
  seasonal_naive: { always: 0.5, row: 0, rows: 0 },
  exponential_smoothing: { always: 2.5, row: 1.2e-4, rows: 20_000 },
  autoregression: { always: 1, row: 6e-5, rows: 100_000 },
};

/** Reading the rows and putting them in order, and what the process takes without any. */
const readSecondsPerRow = 5e-6;
const baseBytes = 250 * 1_048_576;
const bytesPerRow = 400;

/**
 * Of networks of ten shapes (22 November 2026, Node 24, one x86-64 server processor), of which each took between 0.7 and
 * 1.4 times as long as these say, and at most as much memory: for each window and epoch the time of its products, of the
 * other results and of each step of its cells, and for each cut that of making the graphs.
 */
const networkSeconds = { product: 1.5e-10, result: 1e-9, step: 9e-7, cut: 0.2, cutStep: 0.008 } as const;
const networkBytes = { batchResult: 14, step: 1_048_576, weight: 40 } as const;
/** Numbers known of a step ahead that nobody has counted yet: of the calendar. */
const calendarPlaces = 8;
const usualSeasonSteps = 24;
const usualBatch = 64;

/** The needs of one learner after the other: their times add up, their memory does not. */
export function estimateForecast(spec: ForecastSpec, rows: number): TrainingEstimate {
  const names = forecastersToTry(spec);
  const needs = names.map((name) => needsOf(name, spec, rows));
  const sum = (some: readonly Needs[]): number =>
    some.reduce((total, { processorSeconds }) => total + processorSeconds, readSecondsPerRow * rows);
  return {
    processorSeconds: sum(needs),
    // Of a network is kept how far it is.
    longestPartSeconds: sum(needs.filter((_, index) => !isNetwork(names[index]!))),
    memoryBytes:
      baseBytes +
      bytesPerRow * rows +
      needs.reduce((most, { memoryBytes }) => Math.max(most, memoryBytes), 0),
  };
}

const isNetwork = (name: LearnerName): name is NetworkName => name === 'recurrent' || name === 'attention';

function needsOf(name: LearnerName, spec: ForecastSpec, rows: number): Needs {
  const known = quick[name];
  if (known)
    return { processorSeconds: known.always + known.row * Math.min(rows, known.rows), memoryBytes: 0 };
  return isNetwork(name) ? networkNeeds(name, spec, rows) : lagsNeed(name as TableLearnerName, spec, rows);
}

/** As much as a table of so many rows, whose folds are the cuts here. */
function lagsNeed(name: TableLearnerName, { series, parameters }: ForecastSpec, rows: number): Needs {
  const columns = maxLags + calendarPlaces + (series.known?.length ?? 0);
  const size = {
    rows: Math.min(maxRows, rows * series.horizon),
    columns,
    encodedColumns: columns,
    classes: 1,
  };
  const table = estimateTraining({ ...size, learners: [name], ...(parameters && { parameters }) });
  const folds = learners[name].costly ? expectedFolds(size.rows) : splitFolds;
  return {
    processorSeconds: (table.processorSeconds * maxCuts) / folds,
    memoryBytes: Math.max(0, table.memoryBytes - baseBytes),
  };
}

function networkNeeds(name: NetworkName, { series, parameters = {} }: ForecastSpec, rows: number): Needs {
  const settings = learnerParameters[name].parse(parameters);
  const { horizon, frequency, quantiles = [0.1, 0.9], known = [] } = series;
  const season = series.season ?? (frequency ? usualSeason(parseFrequency(frequency)) : usualSeasonSteps);
  const { context, reader } = readingOf(name, settings, { season, horizon, contextLimit: maxContext });
  const places = calendarPlaces + known.length;
  const levels = [...quantiles.filter((level) => level !== 0.5), 0.5].sort((left, right) => left - right);
  const network = forecastNetwork(reader, { context, horizon, places, levels }, settings);
  const cost = costOfRow(network, { window: [1, context], ahead: [1, horizon, places] });
  const { epochs = usualTraining.epochs, batch_size: batch = usualBatch } = settings;
  const { units = [1] } = settings as { readonly units?: readonly number[] };
  const steps = name === 'recurrent' ? context * units.length : 0;
  const perWindow =
    networkSeconds.product * cost.multiplications +
    networkSeconds.result * cost.results +
    networkSeconds.step * steps;
  const perCut = networkSeconds.cut + networkSeconds.cutStep * steps;
  return {
    processorSeconds: maxCuts * (perCut + epochs * Math.min(maxWindows, rows) * perWindow),
    memoryBytes:
      networkBytes.batchResult * batch * cost.results +
      networkBytes.step * steps +
      networkBytes.weight * parameterCount(network),
  };
}
