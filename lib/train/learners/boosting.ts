/** Gradient-boosted trees: most often the most accurate learner for tables. */
import { type LearnerParameters, learnerParameters } from '../../contracts/learner-parameters.ts';
import { invalidInput, type Matrix } from '../../core/index.ts';
import { type BoostingOptions, emitBoosting, fitBoosting } from '../trees/index.ts';
import type { FitOptions, Learner, Target } from '../types.ts';
import { categoryColumns } from './category-columns.ts';
import { treeTarget } from './tree-target.ts';

type Settings = LearnerParameters<'boosting'>;

/** Below this many rows a held-out part is too small to tell when to stop. */
const minRowsToStopEarly = 10_000;

/** Histogram boosting with 31 leaves a tree; large data stop by themselves when held-out rows no longer improve. */
export const boostingLearner: Learner = {
  name: 'boosting',
  style: 'tree',
  fit: async (x, target, options) => {
    const settings = learnerParameters.boosting.parse(options.parameters ?? {});
    refuseMismatch(settings, target);
    const boosting = await fitBoosting(x, treeTarget(target), {
      ...options,
      ...growthOf(settings, x),
      ...lossOf(settings),
      categories: categoryColumns(x, options.layout, settings.categories),
      ...(settings.monotone && { monotone: signsOf(settings.monotone, options) }),
    });
    return { emit: (builder, features) => emitBoosting(builder, features, boosting) };
  },
};

function refuseMismatch({ loss, monotone }: Settings, target: Target): void {
  if (target.task === 'regression') {
    if (loss === 'poisson') refuseNegative(target.values);
    return;
  }
  if (loss !== undefined) {
    throw invalidInput(`The loss "${loss}" is for numbers, and this target has classes; leave "loss" out.`, {
      code: 'parameter_task',
      param: 'parameters.loss',
    });
  }
  if (monotone !== undefined && target.classes.length > 2) {
    throw invalidInput('"monotone" is for numbers and for two classes; this target has more.', {
      code: 'parameter_task',
      param: 'parameters.monotone',
    });
  }
}

function refuseNegative(values: Float64Array): void {
  const negative = values.find((value) => value < 0);
  if (negative === undefined) return;
  throw invalidInput(
    `The loss "poisson" is for counts, and this target has values below 0, such as ${negative}; leave "loss" out.`,
    { code: 'parameter_task', param: 'parameters.loss' },
  );
}

function growthOf({ trees, ...settings }: Settings, { rows }: Matrix): Partial<BoostingOptions> {
  const stops = trees === undefined && rows >= minRowsToStopEarly;
  return {
    iterations: trees ?? (stops ? 500 : 100),
    ...(stops && { earlyStopping: {} }),
    ...(settings.learning_rate !== undefined && { learningRate: settings.learning_rate }),
    ...(settings.max_leaves !== undefined && { maxLeaves: settings.max_leaves }),
    ...(settings.max_depth !== undefined && { maxDepth: settings.max_depth }),
    ...(settings.min_samples_leaf !== undefined && { minSamplesLeaf: settings.min_samples_leaf }),
    ...(settings.l2 !== undefined && { l2: settings.l2 }),
  };
}

function lossOf({ loss, quantile }: Settings): Pick<BoostingOptions, 'loss'> {
  if (loss === undefined) return {};
  return { loss: loss === 'quantile' ? { kind: loss, quantile: quantile! } : { kind: loss } };
}

/**
 * A sign for each encoded column.
 *
 * @throws invalid_request `unknown_column` for a rule on a column that the model does not take
 */
function signsOf(
  rules: NonNullable<Settings['monotone']>,
  { columns = [], layout }: FitOptions,
): readonly number[] {
  // Only the number itself rises; its indicator of missing values, codes of categories and parts of dates have no order.
  const isNumber = (place: number): boolean =>
    layout?.find(({ start, size }) => place >= start && place < start + size)?.kind !== 'categories';
  const ruled = columns.map(({ source, name }, place) =>
    name === source && isNumber(place) ? source : null,
  );
  const unknown = Object.keys(rules).find((name) => !ruled.includes(name));
  if (unknown !== undefined) {
    const why = columns.some(({ source }) => source === unknown)
      ? 'whose values are no numbers and have no order'
      : 'which this model does not take';
    throw invalidInput(`"monotone" names the column "${unknown}", ${why}; name one of its numeric columns.`, {
      code: 'unknown_column',
      param: `parameters.monotone.${unknown}`,
    });
  }
  return ruled.map((source) => {
    if (source === null || !Object.hasOwn(rules, source)) return 0;
    return rules[source] === 'increasing' ? 1 : -1;
  });
}
