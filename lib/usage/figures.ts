/** Adding up what was used. */
import type { UsageFigures, UsageSum } from '../contracts/usage.ts';
import type { LedgerEntry } from './ledger.ts';

/** Nothing used yet. */
export const noFigures: UsageFigures = {
  calls: 0,
  refused: 0,
  rows: 0,
  input_tokens: 0,
  output_tokens: 0,
  ms: 0,
  endpoint_ms: 0,
  bytes_in: 0,
  bytes_out: 0,
  usd: 0,
};

const names = Object.keys(noFigures) as readonly (keyof UsageFigures)[];

/** Figures that grow; only while they are added up. */
export type Tally = { -readonly [Name in keyof UsageFigures]: number };

/** Adds figures to a tally. */
export function addFigures(tally: Tally, figures: UsageFigures): void {
  for (const name of names) tally[name] += figures[name];
}

/** The figures alone, without the noise of sums of decimal fractions. */
export function figuresOf(tally: UsageFigures): UsageFigures {
  const entries = names.map((name) => [name, Number(tally[name].toPrecision(15))]);
  return Object.fromEntries(entries) as UsageFigures;
}

/** Sums by caller and model. */
export interface SumTable {
  addEntry(entry: LedgerEntry): void;
  addSums(sums: readonly UsageSum[]): void;
  /** In the order of callers and models. */
  sums(): UsageSum[];
}

/** A table with nothing in it. */
export function createSumTable(): SumTable {
  const tallies = new Map<string, Tally>();
  const tallyOf = (caller: string, model: string): Tally => {
    const key = JSON.stringify([caller, model]);
    const known = tallies.get(key);
    if (known) return known;
    const made: Tally = { ...noFigures };
    tallies.set(key, made);
    return made;
  };
  return {
    addEntry: ({ caller, model, call, ...figures }) =>
      addFigures(tallyOf(caller, model), { ...figures, calls: call ? 1 : 0, refused: call ? 0 : 1 }),
    addSums: (sums) => {
      for (const { caller, model, ...figures } of sums) addFigures(tallyOf(caller, model), figures);
    },
    sums: () =>
      [...tallies.keys()].sort().map((key) => {
        const [caller, model] = JSON.parse(key) as [string, string];
        return { caller, model, ...figuresOf(tallies.get(key)!) };
      }),
  };
}
