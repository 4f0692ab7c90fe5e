/** What the learners of an ensemble answer to rows that they have not seen: what a stacking learns from. */
import { type Matrix, takeRows } from '../../core/index.ts';
import { takeTarget } from '../target.ts';
import type { FitOptions, Target } from '../types.ts';
import { answersOf, fitMember } from './fit-member.ts';
import { progressOf, type Together } from './fit-members.ts';

/** Folds where the rows have none of their own. */
const blocks = 5;

/** Rows to learn from, and rows to answer. */
interface InnerFold {
  readonly number: number;
  readonly train: Uint32Array;
  readonly test: Uint32Array;
}

/**
 * The folds of the model's own test that the rows come from, so that groups stay together and blocks of time whole;
 * blocks of neighbouring rows where there are none.
 */
export function innerFolds({ rows }: Matrix, { folds }: Pick<FitOptions, 'folds'>): readonly InnerFold[] {
  const own = folds && new Set(folds).size > 1 ? folds : null;
  const foldOf = (row: number): number => own?.[row] ?? Math.floor((row * blocks) / rows);
  const numbers = new Set(Array.from({ length: rows }, (_, row) => foldOf(row)));
  const all = Uint32Array.from({ length: rows }, (_, row) => row);
  return [...numbers].map((number) => ({
    number,
    train: all.filter((row) => foldOf(row) !== number),
    test: all.filter((row) => foldOf(row) === number),
  }));
}

/**
 * What every member answers to all rows, each by a fit that has not seen the row: [rows, outputs] each.
 */
export async function outOfFoldAnswers(
  x: Matrix,
  target: Target,
  options: FitOptions,
  { folds, ...together }: Together & { readonly folds: readonly InnerFold[] },
): Promise<readonly Float32Array[]> {
  const outputs = outputsOf(target);
  const answers = together.members.map(() => new Float32Array(x.rows * outputs));
  for (const [at, fold] of folds.entries()) {
    const step = together.progress.step + at * together.members.length;
    const progress = { ...together.progress, step };
    const found = await answersOfFold(x, target, options, { ...together, progress, fold });
    for (const [place, values] of found.entries()) {
      for (const [index, row] of fold.test.entries()) {
        answers[place]!.set(values.subarray(index * outputs, (index + 1) * outputs), row * outputs);
      }
    }
  }
  return answers;
}

/** Numbers that a learner answers to a row. */
export const outputsOf = (target: Target): number =>
  target.task === 'classification' ? target.classes.length : 1;

async function answersOfFold(
  x: Matrix,
  target: Target,
  { weights, ...options }: FitOptions,
  { members, drawers, progress, fold }: Together & { readonly fold: InnerFold },
): Promise<readonly Float32Array[]> {
  const [train, test] = [takeRows(x, fold.train), takeRows(x, fold.test)];
  const known = takeTarget(target, fold.train);
  const answers: Float32Array[] = [];
  for (const [place, member] of members.entries()) {
    const name = `member-${place}/fold-${fold.number}`;
    const kept = drawers?.read(`${name}/answers`);
    if (kept) {
      answers.push(new Float32Array(kept.slice().buffer));
      continue;
    }
    const startedAtMs = performance.now();
    const own = {
      ...options,
      ...progressOf(options, member.learner, { ...progress, step: progress.step + place }),
      ...(weights && { weights: Float64Array.from(fold.train, (row) => weights[row]!) }),
      ...(drawers && { checkpoint: drawers.checkpoint(name) }),
    };
    const answer = await answersOf(await fitMember(train, known, own, { member, place }), test);
    if (drawers && performance.now() - startedAtMs >= drawers.worthMs) {
      const bytes = new Uint8Array(answer.buffer, answer.byteOffset, answer.byteLength);
      await drawers.replace(`${name}/answers`, bytes, name);
    }
    answers.push(answer);
  }
  return answers;
}
