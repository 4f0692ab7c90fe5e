/** Recurrent and attention networks that forecast all steps of a window at once, with their quantiles. */
import { emitNetwork, type Tensor, trainNetwork } from '../../autodiff/index.ts';
import { type LearnerParameters, learnerParameters } from '../../contracts/learner-parameters.ts';
import { attr, type GraphBuilder, type Value } from '../../onnx/index.ts';
import type { Series } from '../../series/index.ts';
import { networkTraining } from '../network-training.ts';
import { patienceOf, trainingOf } from '../networks/training.ts';
import { partedExamples } from './forecast-examples.ts';
import {
  attentionReader,
  type ForecastShape,
  forecastNetwork,
  recurrentReader,
  type WindowReader,
} from './forecast-network.ts';
import { windowTooLong } from './origins.ts';
import { calendarCycles, emitReadable, knownScales, type ReadWindows } from './readable-window.ts';
import type { EmittedForecast, Forecaster, ForecastLearner, ForecastTask } from './types.ts';
import { type TrainingWindows, trainingOrigins } from './windows.ts';

/** Windows that are learnt from at most: those that overlap teach little more. */
export const maxWindows = 4_000;
/** What forecasts are trained by where nothing is said. */
export const usualTraining = { epochs: 25, patience: 5, learning_rate: 0.002 } as const;

export type NetworkName = 'recurrent' | 'attention';

/** A network that is trained on windows; its fit goes on from a checkpoint. */
export const networkLearner = (name: NetworkName): ForecastLearner => ({
  name,
  resumable: true,
  fit: (series, task, options) => {
    const settings = learnerParameters[name].parse(options.parameters ?? {});
    return fitForecastNetwork({ series, task, options, settings }, readingOf(name, settings, task));
  },
});

type Settings = LearnerParameters<'recurrent'> & LearnerParameters<'attention'>;

/** How a network reads, and how much of a series. */
export interface Reading {
  readonly context: number;
  readonly reader: WindowReader;
}

/** Stretches into which a window is cut where nothing is said. */
const usualPatches = 32;

/** @throws invalid_request `history_too_short` for a window beyond the values that a forecast may be made from */
export function readingOf(
  name: NetworkName,
  settings: Settings,
  task: Pick<ForecastTask, 'season' | 'horizon' | 'contextLimit'>,
): Reading {
  if (name === 'recurrent') {
    return { context: windowOf(settings, task, 2), reader: recurrentReader(settings) };
  }
  const wanted = windowOf(settings, task, 4);
  const { patch = Math.ceil(wanted / usualPatches) } = settings;
  const context = Math.max(patch, wanted - (wanted % patch));
  return { context, reader: attentionReader(context, { ...settings, patch }) };
}

/** The values that are read: so many seasons, and at least a horizon. */
function windowOf(
  { window, patch = 1 }: Settings,
  { season, horizon, contextLimit }: Parameters<typeof readingOf>[2],
  seasons: number,
): number {
  const asked = Math.max(window ?? 0, patch);
  if (asked <= contextLimit) return window ?? Math.min(contextLimit, Math.max(seasons * season, horizon, 24));
  throw windowTooLong(window === asked ? 'window' : 'patch', { asked, contextLimit });
}

/** What is fitted, to what. */
interface ForecastFit {
  readonly series: readonly Series[];
  readonly task: ForecastTask;
  readonly options: Parameters<ForecastLearner['fit']>[2];
  readonly settings: Settings;
}

async function fitForecastNetwork(
  { series, task, options, settings }: ForecastFit,
  { context, reader }: Reading,
): Promise<Forecaster> {
  const { horizon, width, frequency } = task;
  const cycles = calendarCycles(series, task);
  const read: ReadWindows = { cycles, known: knownScales(series, width) };
  const shape: ForecastShape = {
    ...{ context, horizon, places: width + 2 * cycles.length },
    levels: [...new Set([...task.quantiles, 0.5])].sort((left, right) => left - right),
  };
  const network = forecastNetwork(reader, shape, settings);
  const windows: TrainingWindows = {
    series,
    origins: trainingOrigins(series, { ...task, context }, maxWindows),
    shape: { context, horizon, width, usesTime: cycles.length > 0, frequency },
  };
  const training = { ...usualTraining, ...settings };
  const patience = patienceOf(training);
  const examples = await partedExamples(windows, read, { places: shape.places, patience });
  const { weights, epoch } = await trainNetwork(
    {
      ...{ network, loss: { kind: 'quantile', quantiles: shape.levels }, ...examples.training },
      ...(examples.validation && { validation: examples.validation }),
    },
    {
      // Many small products one after the other: further threads would wait for each other.
      ...networkTraining({ ...options, threads: 1 }),
      ...trainingOf(training, examples.training.target.dims[0]!),
      ...(examples.validation && { earlyStopping: { patience } }),
    },
  );
  return {
    context,
    usesTime: cycles.length > 0,
    found: { window: context, epochs: epoch },
    emit: (builder, inputs) => {
      const { window, ahead, mean, spread } = emitReadable(builder, inputs, read);
      const tensor = (value: Value, ...sizes: number[]): Tensor => ({
        ...{ value, type: 'float32', shape: ['N', ...sizes] },
      });
      const answer = emitNetwork(builder, network, {
        weights,
        inputs: {
          window: tensor(window, context),
          ...(ahead && { ahead: tensor(ahead, horizon, shape.places) }),
        },
      });
      return emitAnswers(builder, answer.value, {
        mean,
        spread,
        levels: shape.levels,
        wanted: task.quantiles,
      });
    },
  };
}

interface Scale {
  readonly mean: Value;
  readonly spread: Value;
  /** Levels of the network's answer, and those that are asked for. */
  readonly levels: readonly number[];
  readonly wanted: readonly number[];
}

/** From answers [N, horizon, levels] in the scale of their windows to forecasts; the median is what is forecast. */
function emitAnswers(
  builder: GraphBuilder,
  answers: Value,
  { mean, spread, levels, wanted }: Scale,
): EmittedForecast {
  const byLevel = builder.op('Transpose', [answers], { perm: attr.ints([0, 2, 1]) });
  const last = builder.integers([2]);
  const unscaled = builder.op('Add', [
    builder.op('Mul', [byLevel, builder.op('Unsqueeze', [spread, last])]),
    builder.op('Unsqueeze', [mean, last]),
  ]);
  const pick = (places: readonly number[], dims: readonly number[]): Value =>
    builder.op('Gather', [unscaled, builder.integers(places, dims)], { axis: attr.int(1) });
  return {
    values: pick([levels.indexOf(0.5)], []),
    quantiles: pick(
      wanted.map((level) => levels.indexOf(level)),
      [wanted.length],
    ),
  };
}
