/** Recurrent and attention networks that forecast all steps of a window at once, with their quantiles. */
import { emitNetwork, type Tensor, trainNetwork } from '../../autodiff/index.ts';
import { type LearnerParameters, learnerParameters } from '../../contracts/learner-parameters.ts';
import { invalidInput } from '../../core/index.ts';
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
import { calendarCycles, emitReadable, knownScales, type ReadWindows } from './readable-window.ts';
import type { EmittedForecast, Forecaster, ForecastLearner, ForecastTask } from './types.ts';
import { type TrainingWindows, trainingOrigins } from './windows.ts';

/** Windows that are learnt from at most: those that overlap teach little more. */
export const maxWindows = 4_000;
/** What forecasts are trained by where nothing is said. */
export const usualTraining = { epochs: 25, patience: 5, learning_rate: 0.002 } as const;

export const recurrentLearner: ForecastLearner = {
  name: 'recurrent',
  resumable: true,
  fit: (series, task, options) => {
    const settings = learnerParameters.recurrent.parse(options.parameters ?? {});
    const window = windowOf(settings, task, 2);
    return fitForecastNetwork({ series, task, options, settings }, window, recurrentReader(settings));
  },
};

/** Stretches into which a window is cut where nothing is said. */
const usualPatches = 32;

export const attentionLearner: ForecastLearner = {
  name: 'attention',
  resumable: true,
  fit: (series, task, options) => {
    const settings = learnerParameters.attention.parse(options.parameters ?? {});
    const wanted = windowOf(settings, task, 4);
    const { patch = Math.ceil(wanted / usualPatches) } = settings;
    const window = Math.max(patch, wanted - (wanted % patch));
    const reader = attentionReader(window, { ...settings, patch });
    return fitForecastNetwork({ series, task, options, settings }, window, reader);
  },
};

type Settings = LearnerParameters<'recurrent'> | LearnerParameters<'attention'>;

/** What is fitted, to what. */
interface ForecastFit {
  readonly series: readonly Series[];
  readonly task: ForecastTask;
  readonly options: Parameters<ForecastLearner['fit']>[2];
  readonly settings: Settings;
}

/** The values that are read: so many seasons, and at least a horizon. */
function windowOf(
  settings: Settings,
  { season, horizon, contextLimit }: ForecastTask,
  seasons: number,
): number {
  const { window, patch = 1 } = settings as LearnerParameters<'attention'>;
  const most = Math.max(window ?? 0, patch);
  if (most <= contextLimit) return window ?? Math.min(contextLimit, Math.max(seasons * season, horizon, 24));
  throw invalidInput(
    `A window of ${most} values is too long: with this history and horizon a forecast can be made from at most ${contextLimit}. Shorten it or upload a longer history.`,
    { code: 'history_too_short', param: `parameters.${window === most ? 'window' : 'patch'}` },
  );
}

async function fitForecastNetwork(
  { series, task, options, settings }: ForecastFit,
  context: number,
  reader: WindowReader,
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
