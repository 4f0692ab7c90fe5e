/** Turns a problem and its options into a plan: graphs are written, defaults filled in, what cannot work refused. */
import { canonicalJson, invalidInput, sha256 } from '../../core/index.ts';
import { defaultRate } from '../optimizers.ts';
import type { GraphSource } from './graph-parts.ts';
import { sizeOf } from './parameters.ts';
import type { TrainingPlan, WeightedExamples } from './plan.ts';
import { gradientGraph, scoreGraph } from './score-graph.ts';
import { stepGraph } from './step-graph.ts';
import type { TrainingOptions } from './train-network.ts';

const defaultBatch = 32;
/** Numbers of a chunk where no step is taken between chunks: about 1.6 MB of float32. */
const chunkValues = 400_000;
const leastChunk = 32;
const defaultCheckpointMs = 5_000;

/** What a plan is made of, beside the graphs' source. */
export interface PlanParts {
  readonly examples: WeightedExamples;
  readonly validation: WeightedExamples | undefined;
  readonly options: TrainingOptions;
}

/** @throws invalid_request for settings that cannot work */
export function makePlan(source: GraphSource, parts: PlanParts): TrainingPlan {
  const { examples, options } = parts;
  const { optimizer, epochs, seed, threads = 1, schedule = { kind: 'constant' } } = options;
  const rows = examples.target.dims[0]!;
  const isLbfgs = optimizer.kind === 'lbfgs';
  const batch = isLbfgs ? chunkOf(examples) : Math.min(rows, options.batchSize ?? defaultBatch);
  checkSettings(options, batch);
  const validation = parts.validation && watch(source, parts.validation);
  const plan: TrainingPlan = {
    examples,
    validation: validation?.watched ?? null,
    metric: validation?.metric ?? null,
    method: isLbfgs
      ? lbfgsMethod(source, { ...parts, batch, tolerance: optimizer.tolerance })
      : { kind: 'steps', optimizer, graph: stepGraph(source, examples, batch) },
    epochs,
    batch,
    rate: options.learningRate ?? (isLbfgs ? 1 : defaultRate(optimizer)),
    schedule,
    earlyStopping: options.earlyStopping ?? null,
    seed,
    threads,
    fingerprint: null,
    checkpointEveryMs: options.checkpointEveryMs ?? defaultCheckpointMs,
  };
  return options.checkpoints ? { ...plan, fingerprint: fingerprintOf(plan) } : plan;
}

function checkSettings({ epochs, learningRate, optimizer, penalty }: TrainingOptions, batch: number): void {
  if (!Number.isInteger(epochs) || epochs < 1)
    throw invalidInput(`epochs must be a whole number from 1 up, got ${epochs}`);
  if (!Number.isInteger(batch) || batch < 1)
    throw invalidInput(`the batch must have a whole number of rows, got ${batch}`);
  if (learningRate !== undefined && !(learningRate > 0 && Number.isFinite(learningRate))) {
    throw invalidInput(`the learning rate must be a positive number, got ${learningRate}`);
  }
  if (optimizer.kind === 'lbfgs' && (penalty?.l1 ?? 0) !== 0) {
    throw invalidInput('L-BFGS needs a smooth loss; use another optimiser with an L1 penalty');
  }
}

/** Rows whose inputs fill a processor's cache, but not more than there are. */
function chunkOf({ inputs, target }: WeightedExamples): number {
  const rows = target.dims[0]!;
  const values = Object.values(inputs).reduce((sum, { data }) => sum + data.length, 0) / rows;
  return Math.min(rows, Math.max(leastChunk, Math.floor(chunkValues / Math.max(1, values))));
}

function watch(source: GraphSource, validation: WeightedExamples) {
  const batch = chunkOf(validation);
  const { model, metric } = scoreGraph(source, validation, batch);
  return { watched: { ...validation, model, batch }, metric };
}

function lbfgsMethod(
  source: GraphSource,
  {
    examples,
    batch,
    tolerance = 1e-6,
  }: PlanParts & { readonly batch: number; readonly tolerance?: number | undefined },
): TrainingPlan['method'] {
  const { trained, kept } = source.layout;
  if (kept.length > 0) {
    throw invalidInput(
      'L-BFGS looks at all rows at once, which running statistics of batches do not go with; use another optimiser',
    );
  }
  const mask = new Float32Array(sizeOf(trained));
  for (const { start, size, spec } of trained)
    mask.fill((spec.penalised ?? true) ? 1 : 0, start, start + size);
  return {
    kind: 'lbfgs',
    model: gradientGraph(source, examples, batch),
    tolerance,
    l2: source.penalty.l2 ?? 0,
    mask,
  };
}

/** Digest of everything but the examples themselves, of which it holds the sizes: who keeps checkpoints knows whose they are. */
function fingerprintOf(plan: TrainingPlan): string {
  const models = [
    plan.method.kind === 'steps' ? plan.method.graph.model : plan.method.model,
    ...(plan.validation ? [plan.validation.model] : []),
  ];
  const { epochs, batch, rate, schedule, earlyStopping, seed, threads } = plan;
  const settings = { epochs, batch, rate, schedule, earlyStopping, seed, threads };
  const method =
    plan.method.kind === 'steps' ? plan.method.optimizer : { ...plan.method, model: null, mask: null };
  return sha256(canonicalJson({ settings, method, models: models.map((model) => sha256(model)) }));
}
