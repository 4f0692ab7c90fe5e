import { describe, expect, it } from 'vitest';
import type { PreprocessSpec } from '../../lib/contracts/model-spec.ts';
import fixture from './fixtures/scikit-learn.json' with { type: 'json' };
import { encode, fitted, numbers, tableOf, texts } from './tables.ts';

interface Case {
  readonly spec: PreprocessSpec;
  readonly expected: number[][];
}

const titled = (item: Case): [string, Case] => [JSON.stringify(item.spec), item];

const numberTable = tableOf(
  ...fixture.numbers[0]!.map((_, column) =>
    numbers(
      `n${column}`,
      fixture.numbers.map((row) => row[column]!),
    ),
  ),
);
const textTable = tableOf(
  ...fixture.texts[0]!.map((_, column) =>
    texts(
      `t${column}`,
      fixture.texts.map((row) => row[column]!),
    ),
  ),
);

/** The largest difference, each in units of the larger of 1 and the expected value. */
function largestError(actual: number[][], expected: number[][]): number {
  expect(actual.map((row) => row.length)).toEqual(expected.map((row) => row.length));
  const errors = actual.flatMap((row, index) =>
    row.map((value, column) => {
      const wanted = expected[index]![column]!;
      return Math.abs(value - wanted) / Math.max(1, Math.abs(wanted));
    }),
  );
  return Math.max(...errors);
}

describe('numbers as scikit-learn prepares them', () => {
  it.each(fixture.number_cases as Case[])(
    'fills, scales and marks as with %j',
    async ({ spec, expected }) => {
      const preprocessor = fitted(numberTable, spec, { train: fixture.train });

      const actual = await encode(preprocessor, numberTable);

      // The fourth column lies at a million with a spread of one: half a float32 step there is 0.03.
      const isExact = spec.scaling === 'none' || spec.numeric_missing === 'constant';
      expect(largestError(actual, expected)).toBeLessThan(isExact ? 1e-6 : 0.03);
      const others = (rows: number[][]) => rows.map((row) => row.filter((_, column) => column !== 3));
      expect(largestError(others(actual), others(expected))).toBeLessThan(2e-6);
    },
  );
});

describe('categories as scikit-learn encodes them', () => {
  it.each((fixture.category_cases as Case[]).map(titled))(
    'encodes as with %s',
    async (_title, { spec, expected }) => {
      const preprocessor = fitted(textTable, spec, { train: fixture.train });

      const actual = await encode(preprocessor, textTable);

      expect(actual).toEqual(expected);
    },
  );
});

describe('dates as pandas takes them apart', () => {
  it('gives the same parts from 1678 to 2262', async () => {
    const table = tableOf(texts('at', fixture.dates.texts, 'datetime'));
    const preprocessor = fitted(table, {}, { style: 'tree' });

    const actual = await encode(preprocessor, table);

    expect(preprocessor.outputNames).toEqual(fixture.dates.parts.map((part) => `at:${part}`));
    expect(actual).toEqual(fixture.dates.expected);
  });
});
