/** Minimises a function of a few numbers without its derivatives. */

/** When the search ends. */
export interface SearchOptions {
  /** Length of the first steps from the start. */
  readonly step: number;
  /** Evaluations at most. */
  readonly evaluations: number;
  /** The search ends once the values at the corners differ by less than this share. */
  readonly tolerance: number;
}

interface Corner {
  readonly at: readonly number[];
  readonly value: number;
}

/** Nelder and Mead 1965, with the usual reflection 1, expansion 2, contraction and shrinkage 1/2. */
export function minimise(
  evaluate: (at: readonly number[]) => number,
  start: readonly number[],
  { step, evaluations, tolerance }: SearchOptions,
): readonly number[] {
  let left = evaluations;
  const corner = (at: readonly number[]): Corner => {
    left -= 1;
    const value = evaluate(at);
    return { at, value: Number.isFinite(value) ? value : Number.POSITIVE_INFINITY };
  };
  const simplex = [
    corner(start),
    ...start.map((_, axis) => corner(start.map((value, other) => value + (other === axis ? step : 0)))),
  ];
  while (left > 0) {
    simplex.sort((first, second) => first.value - second.value);
    const [best, worst] = [simplex[0]!, simplex.at(-1)!];
    if (worst.value - best.value <= tolerance * (Math.abs(best.value) + tolerance)) break;
    const others = simplex.slice(0, -1);
    const centre = start.map((_, axis) => others.reduce((sum, { at }) => sum + at[axis]!, 0) / others.length);
    const towards = (share: number): Corner =>
      corner(centre.map((value, axis) => value + share * (value - worst.at[axis]!)));
    const better = improved(towards, { best, worst, second: others.at(-1)! });
    if (better) simplex[simplex.length - 1] = better;
    else {
      for (let index = 1; index < simplex.length; index += 1) {
        simplex[index] = corner(simplex[index]!.at.map((value, axis) => (value + best.at[axis]!) / 2));
      }
    }
  }
  return simplex.reduce((least, next) => (next.value < least.value ? next : least)).at;
}

/** What takes the worst corner's place; nothing if only shrinking is left. */
function improved(
  towards: (share: number) => Corner,
  { best, worst, second }: { readonly best: Corner; readonly worst: Corner; readonly second: Corner },
): Corner | null {
  const reflected = towards(1);
  if (reflected.value < best.value) {
    const expanded = towards(2);
    return expanded.value < reflected.value ? expanded : reflected;
  }
  if (reflected.value < second.value) return reflected;
  const contracted = towards(reflected.value < worst.value ? 0.5 : -0.5);
  return contracted.value < Math.min(worst.value, reflected.value) ? contracted : null;
}
