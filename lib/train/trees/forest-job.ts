/** One member's part in growing a random forest: whole trees, taken up one after the other. */
import { createRandom, type Random } from '../../core/index.ts';
import { fillBins } from './bins.ts';
import { createClassProblem } from './class-problem.ts';
import type { Sample } from './forest-problem.ts';
import { growForestTree } from './forest-tree.ts';
import type { ForestJob } from './job-types.ts';
import { createRowCopier } from './row-copier.ts';
import type { Team } from './team.ts';
import type { Tree } from './types.ts';
import { createValueProblem } from './value-problem.ts';

/** A tree, its number in the forest, and the gains of its splits by column. */
export interface GrownForestTree {
  readonly index: number;
  readonly tree: Tree;
  readonly gains: Float64Array;
}

/** The trees one member grew. */
export type ForestResult = readonly GrownForestTree[];

/** Grows trees until none is left; a tree depends on the seed and its number, not on who grows it. */
export function* runForest(team: Team, job: ForestJob): Generator<number, ForestResult> {
  const { bins, matrix, trees, progress } = job;
  fillBins(team, matrix, bins);
  team.barrier();
  const problem = job.classes > 0 ? createClassProblem(job) : createValueProblem(job);
  const copier = createRowCopier(bins);
  const partition = {
    left: new Int32Array(bins.rows),
    right: new Int32Array(bins.rows),
    counts: new Int32Array(2),
  };
  const grown: GrownForestTree[] = [];
  for (let index = Atomics.add(progress, 0, 1); index < trees; index = Atomics.add(progress, 0, 1)) {
    const random = createRandom(job.seed).fork(index);
    const sample = drawSample(job, random.fork('rows'));
    const gains = new Float64Array(bins.columns);
    const tree = growForestTree({ bins, problem, limits: job, copier, partition }, sample, {
      random: random.fork('columns'),
      gains,
    });
    grown.push({ index, tree, gains });
    yield (Atomics.add(progress, 1, 1) + 1) / trees;
  }
  return grown;
}

/** As many rows as there are, drawn with replacement, or every row once. Rows without a weight are left out. */
function drawSample(
  { matrix, weights, bootstrap }: Pick<ForestJob, 'matrix' | 'weights' | 'bootstrap'>,
  random: Random,
): Sample {
  const counts = new Uint16Array(matrix.rows).fill(bootstrap ? 0 : 1);
  if (bootstrap) {
    for (let draw = 0; draw < matrix.rows; draw += 1) counts[random.integer(matrix.rows)]! += 1;
  }
  const rows = new Int32Array(matrix.rows);
  let size = 0;
  for (let row = 0; row < matrix.rows; row += 1)
    if (counts[row]! > 0 && weights[row]! > 0) rows[size++] = row;
  return { counts, rows: rows.subarray(0, size) };
}
