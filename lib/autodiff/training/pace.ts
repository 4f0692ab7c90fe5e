/** How many steps fit into one call: enough that the call costs nothing, few enough that nobody waits for its end. */

/** A call takes about this long: somebody who cancels, or asks how far it is, does not wait longer. */
const callMs = 300;
const firstSteps = 4;
/** Times as many steps at most as in the call before, as the first ones are slower or quicker than the rest. */
const growth = 8;

/** Finds out while it goes. */
export interface Pace {
  /** Steps of the next call. */
  next(): number;
  /** How long the call took. */
  took(steps: number, ms: number): void;
}

/** @param mostSteps what memory allows */
export function createPace(mostSteps: number): Pace {
  let steps = Math.min(firstSteps, mostSteps);
  return {
    next: () => steps,
    took: (done, ms) => {
      const fitting = Math.floor((callMs * done) / Math.max(1e-3, ms));
      steps = Math.max(1, Math.min(fitting, Math.max(done, steps) * growth, mostSteps));
    },
  };
}
