/** Fits one learner on every fold and answers, for each row tested, with a model that has not seen it. */
import type { ModelSpec } from '../contracts/model-spec.ts';
import type { ModelSchema } from '../contracts/records.ts';
import type { Fold, Split, Table } from '../dataset/index.ts';
import { createSession } from '../onnx/index.ts';
import type { FeatureColumn } from '../preprocess/index.ts';
import { assembleModel, type ModelParts } from './assemble.ts';
import { type Encoding, fitEncoding } from './fit-encoding.ts';
import { interruptions } from './interruptions.ts';
import { fitCheckpoint } from './kept-work.ts';
import { type Predictions, predictTable } from './predict-table.ts';
import { balancedWeights, takeTarget } from './target.ts';
import type { FittedLearner, Learner, Target, TrainContext } from './types.ts';

/** What is learnt and tested: a table whose rows all have a target. */
export interface Problem {
  readonly table: Table;
  readonly target: Target;
  readonly features: readonly FeatureColumn[];
  readonly spec: ModelSpec;
  readonly split: Split;
}

/** The answers for one fold's test rows. */
export interface FoldResult {
  readonly fold: Fold;
  readonly predictions: Predictions;
  readonly fitMs: number;
  /** The fold's model where it was asked for: a forest on a million rows is not kept for nothing. */
  readonly parts?: ModelParts;
}

/** How one fold is fitted. */
export interface FoldOptions {
  /** The fold's own, under which its checkpoints are kept. */
  readonly name: string;
  readonly seed: number;
  readonly context: TrainContext;
  /** Gives the model back with its answers. */
  readonly keepModel: boolean;
  /** Part of this fold that is done, 0 to 1, and what the learner says of it. */
  readonly onProgress: (fraction: number, message?: string) => void;
}

/**
 * Fits preprocessing and learner on the fold's training rows and predicts its test rows
 * through the assembled ONNX file, the very form that would be published.
 */
export async function fitFold(
  problem: Problem,
  learner: Learner,
  fold: Fold,
  options: FoldOptions,
): Promise<FoldResult> {
  const { table, target } = problem;
  const started = performance.now();
  const encoding = fitEncoding(problem, learner, fold.train);
  const { preprocessor } = encoding;
  try {
    const fitted = await fitLearner(problem, learner, { ...options, encoding, rows: fold.train });
    const parts: ModelParts = { preprocessor, fitted, target };
    const predictions = await predictRows(parts, table, fold.test);
    const fitMs = Math.round(performance.now() - started);
    return { fold, predictions, fitMs, ...(options.keepModel && { parts }) };
  } finally {
    await preprocessor.release();
  }
}

async function fitLearner(
  { table, target, spec, split }: Problem,
  learner: Learner,
  {
    encoding: { preprocessor, columns, parts },
    ...options
  }: FoldOptions & { readonly encoding: Encoding; readonly rows: Uint32Array },
): Promise<FittedLearner> {
  const { name, seed, context, onProgress } = options;
  const rows = preprocessor.keepRows(table, options.rows);
  const matrix = await preprocessor.transform(table, rows);
  const part = takeTarget(target, rows);
  const weigh = spec.imbalance === 'balanced' && part.task === 'classification';
  const { signal, pause, kept } = context;
  return learner.fit(matrix, part, {
    seed,
    threads: context.threads,
    onProgress,
    columns,
    layout: preprocessor.layout,
    ...(parts && { parts, folds: foldNumbers(split, table, rows) }),
    ...(spec.parameters && { parameters: spec.parameters }),
    ...(weigh && { weights: balancedWeights(part) }),
    ...interruptions(learner, {
      ...(signal && { signal }),
      ...(pause && { pause }),
      ...(kept && { checkpoint: fitCheckpoint(kept, name) }),
    }),
  });
}

/** The fold in which each row is tested. */
function foldNumbers({ folds }: Split, table: Table, rows: Uint32Array): Uint8Array {
  const numbers = new Uint8Array(table.rows);
  for (const [number, { test }] of folds.entries()) for (const row of test) numbers[row] = number;
  return Uint8Array.from(rows, (row) => numbers[row]!);
}

/** What is said of a model's columns beside the features. */
export interface SchemaExtras {
  readonly ignored?: readonly string[];
  readonly missing?: readonly string[] | undefined;
  readonly positive?: string | undefined;
}

/** The raw-column signature of a model in the making. */
export function schemaOf(
  { preprocessor, target, threshold }: ModelParts,
  { ignored = [], missing = [], positive }: SchemaExtras = {},
): ModelSchema {
  return {
    features: [...preprocessor.features],
    ignored: [...ignored],
    ...(missing.length > 0 && { missing: [...missing] }),
    ...(target.task === 'classification' && { classes: [...target.classes] }),
    ...(positive !== undefined && { positive }),
    ...(threshold && { threshold: threshold.value }),
  };
}

/** Answers of the assembled file for rows of the table. */
export async function predictRows(parts: ModelParts, table: Table, rows: Uint32Array): Promise<Predictions> {
  const session = await createSession(assembleModel(parts));
  try {
    return await predictTable(session, schemaOf(parts), table, rows);
  } finally {
    await session.release();
  }
}
