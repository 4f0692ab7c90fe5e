/** How large and deep a model file may be before it is refused. */

/** Upper bounds that keep the reading of a hostile file cheap. */
export interface ModelLimits {
  /** Size of the file. */
  readonly totalBytes: number;
  /** Nodes in all graphs together. */
  readonly nodes: number;
  /** Graphs inside graphs; 1 is a model without Loop, If and Scan. */
  readonly depth: number;
  /** Rounds of a Loop whose trip count is a constant, times those of the loops around it. */
  readonly loopRounds: number;
}

/** Generous for what fits one process; protobuf itself ends at 2 GiB. */
export const DEFAULT_LIMITS: ModelLimits = {
  totalBytes: 2 ** 31 - 1,
  nodes: 100_000,
  depth: 16,
  loopRounds: 1_000_000,
};
