/** Threads that run the same steps on shared memory, each on its own share (single program, multiple data). */

/** One member's view of the team it works in. */
export interface Team {
  /** This member's number in [0, size). */
  readonly member: number;
  readonly size: number;
  /** Waits until every member has come here; what was written before is then visible to all. */
  barrier(): void;
}

/** Int32 words of shared memory a team of threads meets through. */
export const TEAM_CONTROL_WORDS = 2;

/** A team of one, whose barriers cost nothing. */
export const soloTeam: Team = { member: 0, size: 1, barrier: () => {} };

const ARRIVED = 0;
const GENERATION = 1;
/** Turns of waiting awake; sleeping and being woken costs more than most shares of work differ by. */
const SPINS = 5000;

/**
 * A member of a team of threads.
 *
 * @param control zeroed shared memory of TEAM_CONTROL_WORDS words, the same for all members
 */
export function threadTeam(member: number, size: number, control: Int32Array): Team {
  return {
    member,
    size,
    barrier: () => {
      const generation = Atomics.load(control, GENERATION);
      if (Atomics.add(control, ARRIVED, 1) === size - 1) {
        Atomics.store(control, ARRIVED, 0);
        Atomics.add(control, GENERATION, 1);
        Atomics.notify(control, GENERATION);
        return;
      }
      for (let spin = 0; spin < SPINS; spin += 1) {
        if (Atomics.load(control, GENERATION) !== generation) return;
      }
      while (Atomics.load(control, GENERATION) === generation) Atomics.wait(control, GENERATION, generation);
    },
  };
}

/** The part of [0, count) that is a member's: contiguous, and as even as it can be. */
export function shareOf({ member, size }: Pick<Team, 'member' | 'size'>, count: number): [number, number] {
  return [Math.floor((count * member) / size), Math.floor((count * (member + 1)) / size)];
}

/** Rows summed at a time: blocks do not depend on the team, so neither do the digits of a sum. */
const BLOCK = 1024;

/** How many partial sums `sumBlocks` keeps for so many items. */
export const blockCount = (items: number): number => Math.ceil(items / BLOCK);

/**
 * Fills one partial sum a block of items, each member the blocks of its share. After the next barrier
 * `totalOf(sums)` is the whole sum, the same to the last bit for a team of any size.
 *
 * @param sumRange adds up the items from `start` to before `end`
 */
export function sumBlocks(
  team: Team,
  items: number,
  { sums, sumRange }: { sums: Float64Array; sumRange: (start: number, end: number, block: number) => number },
): void {
  const [first, last] = shareOf(team, blockCount(items));
  for (let block = first; block < last; block += 1) {
    sums[block] = sumRange(block * BLOCK, Math.min(items, (block + 1) * BLOCK), block);
  }
}

/** The sum of all partial sums, in their order. */
export function totalOf(sums: Float64Array): number {
  let total = 0;
  for (let block = 0; block < sums.length; block += 1) total += sums[block]!;
  return total;
}
