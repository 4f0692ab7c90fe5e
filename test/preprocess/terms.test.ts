/** Words of texts as weights, against scikit-learn's TfidfVectorizer, and as numbers. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { TextSpec } from '../../lib/contracts/model-spec.ts';
import type { Table } from '../../lib/dataset/index.ts';
import { fitTerms } from '../../lib/preprocess/terms.ts';
import { fitTokens } from '../../lib/preprocess/tokens.ts';
import { encode, fitted, numbers, rowsOf, tableOf, texts } from './tables.ts';

interface Fixture {
  readonly train: readonly string[];
  readonly test: readonly string[];
  readonly cases: readonly {
    readonly name: string;
    readonly spec: TextSpec;
    readonly terms: readonly string[];
    readonly train: Sparse;
    readonly test: Sparse;
  }[];
}

/** For each text the terms it has, and their weights. */
type Sparse = readonly (readonly (readonly [term: number, weight: number])[])[];

const fixture: Fixture = JSON.parse(readFileSync(new URL('./fixtures/tfidf.json', import.meta.url), 'utf8'));

const textsOf = (values: readonly (string | null)[]): Table => tableOf(texts('review', values, 'text'));

describe('texts as weights of their words', () => {
  for (const { name, spec, terms, train, test } of fixture.cases) {
    it(`gives the weights of scikit-learn: ${name}`, async () => {
      const table = textsOf([...fixture.train, ...fixture.test]);
      const preprocessor = fitted(table, { text: spec }, { train: fixture.train.length });

      const { data, columns } = await preprocessor.transform(table, rowsOf(table));

      expect(preprocessor.outputNames).toEqual(terms.map((term) => `review:${term}`));
      const expected = [...train, ...test].flatMap((row) => {
        const weights = new Array<number>(columns).fill(0);
        for (const [term, weight] of row) weights[term] = weight;
        return weights;
      });
      const farthest = expected.reduce((most, value, at) => Math.max(most, Math.abs(value - data[at]!)), 0);
      expect(farthest).toBeLessThan(1e-6);
    });
  }

  it('knows a word in small letters, in capitals and as training wrote it', async () => {
    const table = textsOf(['iPhone one', 'iphone two', 'IPHONE', 'Iphone', 'iPhone', 'iPHONE']);

    const encoded = await encode(
      fitted(table, { text: { min_texts: 1 } }, { train: 2 }),
      table,
      rowsOf(table, 2),
    );

    // The last one is a mixture that no training text has.
    expect(encoded.map(([weight]) => weight)).toEqual([1, 1, 1, 0]);
  });

  it('takes texts and numbers side by side, and tells which columns are which', async () => {
    const table = tableOf(
      numbers('stars', [1, 5, 3]),
      texts('review', ['bad bad film', 'good film', null], 'text'),
      texts('title', ['one', 'two', 'one'], 'text'),
    );
    const preprocessor = fitted(table, { scaling: 'none', text: { min_texts: 1 } });

    const encoded = await encode(preprocessor, table);

    expect(preprocessor.outputNames).toEqual([
      'stars',
      ...['review:bad', 'review:film', 'review:good'],
      ...['title:one', 'title:two'],
    ]);
    expect(preprocessor.layout).toEqual([
      { kind: 'numbers', start: 0, size: 1, shape: [1] },
      { kind: 'terms', start: 1, size: 3, shape: [3] },
      { kind: 'terms', start: 4, size: 2, shape: [2] },
    ]);
    expect(encoded[2]).toEqual([3, 0, 0, 0, 1, 0]);
  });

  it('bad call: refuses texts that have no word in common', () => {
    const table = textsOf(['one', 'two', 'three']);

    expect(() => fitted(table)).toThrow(expect.objectContaining({ code: 'no_terms' }));
  });

  it('takes no more memory for a long text among many than for the text itself', async () => {
    const table = textsOf(['word '.repeat(40_000), ...Array<string>(999).fill('a word')]);
    const preprocessor = fitted(table);
    const before = process.resourceUsage().maxRSS;

    const encoded = await encode(preprocessor, table);

    // Together they would be 40 million words.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(500_000);
    expect(encoded[999]).toEqual([1]);
  });

  it.each([
    ['terms of 2 words', fitTerms, 2, 'preprocess.text.max_words'],
    ['terms of 1 word', fitTerms, 1, 'features.exclude'],
    ['words that are read one by one', fitTokens, 2, 'features.exclude'],
  ])('bad call: refuses more %s than can be counted', (_what, learnFrom, maxWords, param) => {
    const table = textsOf(['one two three four', 'five']);
    const column = { name: 'review', index: 0, feature: 0 };
    const settings = { maxWords, minTexts: 1, maxTerms: 9, maxCounted: 3, maxTokens: 9, isLogarithmic: true };

    expect(() => learnFrom(table, column, rowsOf(table), settings)).toThrow(
      expect.objectContaining({ code: 'too_many_terms', param }),
    );
  });

  it('leaves out a column of texts without common words where others say something', async () => {
    const table = tableOf(numbers('stars', [1, 5]), texts('review', ['one', 'two'], 'text'));

    expect(fitted(table).outputNames).toEqual(['stars']);
  });
});

describe('texts as numbers of their words', () => {
  const table = textsOf(['The dog, the cat', 'the DOG', '', 'a dog barks at the cat and at the dog']);

  it('numbers the most frequent words first, 1 for unknown ones, 0 after the end', async () => {
    const preprocessor = fitted(table, { text: { max_length: 4 } }, { texts: 'tokens' });

    const encoded = await encode(preprocessor, table);

    // dog and the are in three texts, cat in two; all others in one.
    expect(encoded).toEqual([
      [3, 2, 3, 4],
      [3, 2, 0, 0],
      [0, 0, 0, 0],
      [2, 1, 1, 3],
    ]);
    expect(preprocessor.layout).toEqual([{ kind: 'tokens', start: 0, size: 4, shape: [4], vocabulary: 5 }]);
  });

  it('reads as many words as most texts have, and eight at least', () => {
    expect(fitted(table, {}, { texts: 'tokens' }).layout[0]!.shape).toEqual([9]);
    expect(fitted(textsOf(['one', 'one']), {}, { texts: 'tokens' }).layout[0]!.shape).toEqual([8]);
  });

  it('gives zeros where no text has a word', async () => {
    const preprocessor = fitted(table, { text: { max_length: 2 } }, { texts: 'tokens' });
    const empty = textsOf(['', '!']);

    expect(await encode(preprocessor, empty)).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});
