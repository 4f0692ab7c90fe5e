/** Keeps what several use at once for as long as one of them does. */

/** Something that is let go when the last one who holds it does so; whoever made it holds it first. */
export interface Shared {
  retain(): void;
  release(): void;
}

/** @param dispose called once, when nobody holds it any more; its failure concerns nobody */
export function createShared(dispose: () => Promise<void>): Shared {
  let holders = 1;
  return {
    retain: () => {
      holders += 1;
    },
    release: () => {
      holders -= 1;
      if (holders === 0) void dispose().catch(() => {});
    },
  };
}

/** What one piece of work holds until its end. */
export interface Hold {
  add(shared: Shared): void;
  end(): void;
}

/** A hold on nothing yet. */
export function createHold(): Hold {
  const held: Shared[] = [];
  return {
    add: (shared) => {
      shared.retain();
      held.push(shared);
    },
    end: () => {
      for (const shared of held.splice(0)) shared.release();
    },
  };
}
