/** What an example is, and what it is run with. */
import type { Onramp } from './onramp.ts';

/** A figure that an example ends with. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** What another implementation reaches on the same data; see `references.json`. */
  readonly reference?: number;
  /** The example has failed if the figure lies beyond. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Example {
  /** Name of its folder. */
  readonly name: string;
  readonly about: string;
  /** True if it takes minutes. */
  readonly isLong?: boolean;
  /** Runs it against a platform, by the commands that anybody would type. */
  run(onramp: Onramp): Promise<readonly Figure[]>;
}
