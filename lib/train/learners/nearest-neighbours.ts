/** Nearest neighbours: the answer of the training rows that are most alike; nothing is fitted. */
import { learnerParameters } from '../../contracts/learner-parameters.ts';
import { createRandom, invalidInput, type Matrix, takeRows } from '../../core/index.ts';
import { attr, type GraphBuilder, type Value } from '../../onnx/index.ts';
import { emitNeighbours, type StoredRows } from '../neighbours/index.ts';
import { takeTarget } from '../target.ts';
import type { EmittedModel, Learner, Target } from '../types.ts';

/** Values kept at most: 100 MB of the model's file. */
const mostValues = 25_000_000;

/**
 * Cover and Hart 1967; Euclidean distance on the encoded (scaled, one-hot) columns, as scikit-learn's
 * `KNeighborsClassifier` and `KNeighborsRegressor`. The rows are part of the file: of more than `max_rows`, so many are
 * drawn at random.
 */
export const nearestNeighboursLearner: Learner = {
  name: 'nearest_neighbours',
  style: 'linear',
  fit: async (x, target, { parameters, weights, seed }) => {
    const { max_rows: maxRows, ...settings } = learnerParameters.nearest_neighbours.parse(parameters ?? {});
    const rows = keptRows(x.rows, maxRows, seed);
    refuse(rows.length, x.columns, settings.k);
    const stored = storedRows(
      takeRows(x, rows),
      takeTarget(target, rows),
      (row) => weights?.[rows[row]!] ?? 1,
    );
    return {
      emit: (builder, features) =>
        emitAnswer(builder, emitNeighbours(builder, features, stored, settings), target.task, settings),
    };
  },
};

/** All rows, or as many as allowed, in their order. */
function keptRows(rows: number, maxRows: number, seed: number): Uint32Array {
  const all = Uint32Array.from({ length: rows }, (_, row) => row);
  return rows <= maxRows ? all : createRandom(seed).shuffle(all).slice(0, maxRows).sort();
}

function refuse(rows: number, columns: number, k: number): void {
  if (k > rows) {
    throw invalidInput(
      `"parameters.k" is ${k}, but there are only ${rows} rows to learn from; use a smaller k or upload more rows.`,
      { code: 'too_few_rows', param: 'parameters.k' },
    );
  }
  if (rows * columns <= mostValues) return;
  const fitting = Math.floor(mostValues / columns);
  throw invalidInput(
    `${rows} rows with ${columns} encoded columns would make a file of more than ${(mostValues * 4) / 1e6} MB; set "parameters.max_rows" to ${fitting} or less, or leave out columns.`,
    { code: 'model_too_large', param: 'parameters.max_rows' },
  );
}

function storedRows(rows: Matrix, target: Target, weightOf: (row: number) => number): StoredRows {
  if (target.task === 'regression') return { rows, votes: Float32Array.from(target.values), outputs: 1 };
  const outputs = target.classes.length;
  const votes = new Float32Array(rows.rows * outputs);
  for (const [row, code] of target.codes.entries()) votes[row * outputs + code] = weightOf(row);
  return { rows, votes, outputs };
}

/** Shares of the votes for each class, or the mean value. */
function emitAnswer(
  builder: GraphBuilder,
  votes: Value,
  task: Target['task'],
  { k, weights }: { readonly k: number; readonly weights: 'uniform' | 'distance' },
): EmittedModel {
  if (task === 'classification') {
    const total = builder.op('ReduceSum', [votes, builder.integers([1])], { keepdims: attr.int(1) });
    const answer = builder.op('Div', [votes, total]);
    return { answer, score: answer, style: 'other', units: 'probability' };
  }
  const mean = weights === 'uniform' ? builder.op('Div', [votes, builder.floats([k], [])]) : votes;
  const answer = builder.op('Squeeze', [mean, builder.integers([1])]);
  return { answer, score: answer, style: 'other', units: 'value' };
}
