/** Every kind of tokenizer against what Hugging Face's own library makes of the same texts, token by token. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isOnrampError } from '../../lib/core/index.ts';
import { createTokenizer } from '../../lib/tokenize/index.ts';
import { readNormalizer } from '../../lib/tokenize/normalizers.ts';
import { readPreTokenizer } from '../../lib/tokenize/pre-tokenizers.ts';

const read = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');

type Part = readonly [description: unknown, results: readonly unknown[]];

const expected = JSON.parse(read('expected.json')) as {
  readonly texts: readonly string[];
  readonly ids: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly normalizers: readonly Part[];
  readonly preTokenizers: readonly Part[];
};

interface Changeable {
  readonly model: { readonly vocab: object };
}

/** The WordPiece file with something changed. */
function changed(change: (file: Changeable) => unknown): string {
  const file = JSON.parse(read('word-piece.json'));
  change(file);
  return JSON.stringify(file);
}

function refusalOf(json: string): { readonly code: string; readonly message: string } {
  try {
    createTokenizer(json);
  } catch (error) {
    if (isOnrampError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('createTokenizer', () => {
  for (const name of ['word-piece', 'unigram', 'byte-pair']) {
    it(`gives the ids of the reference for hard texts, by ${name}`, () => {
      const tokenizer = createTokenizer(read(`${name}.json`));

      const ids = expected.texts.map((text) => tokenizer.encode(text));

      expect(ids).toEqual(expected.ids[name]);
    });
  }

  it('gives the same ids again, for words at hand as for new ones', () => {
    const tokenizer = createTokenizer(read('unigram.json'));
    const first = expected.texts.map((text) => tokenizer.encode(text));

    const again = expected.texts.map((text) => tokenizer.encode(text));

    expect(again).toEqual(first);
  });

  it('tells how many special tokens it adds and how many ids there are', () => {
    const { specialTokens, vocabularySize } = createTokenizer(read('word-piece.json'));

    expect({ specialTokens, vocabularySize }).toEqual({ specialTokens: 2, vocabularySize: 391 });
  });

  it('takes half a surrogate pair for the character that stands for damaged text', () => {
    const tokenizer = createTokenizer(read('byte-pair.json'));

    expect(tokenizer.encode('a\ud800b')).toEqual(tokenizer.encode('a\ufffdb'));
  });

  it('joins pairs in a word of a hundred and fifty thousand letters', () => {
    const tokenizer = createTokenizer(read('byte-pair.json'));

    const ids = tokenizer.encode('the'.repeat(50_000));

    expect(ids).toHaveLength(2 + 100_000);
  });
});

describe('parts of a tokenizer', () => {
  for (const [part, results] of expected.normalizers) {
    it(`normalises like the reference: ${JSON.stringify(part)}`, () => {
      const normalize = readNormalizer(part, 'normalizer');

      expect(expected.texts.map(normalize)).toEqual(results);
    });
  }

  for (const [part, results] of expected.preTokenizers) {
    it(`cuts like the reference: ${JSON.stringify(part)}`, () => {
      const cut = readPreTokenizer(part, 'pre_tokenizer');

      expect(expected.texts.map((text) => [...cut(text)])).toEqual(results);
    });
  }
});

describe('what is not understood', () => {
  const cases: readonly (readonly [name: string, json: string, place: string])[] = [
    ['text that is no JSON', '{', 'not valid JSON'],
    ['an unknown field of the file', changed((file) => Object.assign(file, { extra: 1 })), '"extra"'],
    [
      'a model of another kind',
      changed(({ model }) => Object.assign(model, { type: 'WordLevel' })),
      '"WordLevel"',
    ],
    [
      'a model named like a property',
      changed(({ model }) => Object.assign(model, { type: 'constructor' })),
      '"constructor"',
    ],
    [
      'an unknown setting of the model',
      changed(({ model }) => Object.assign(model, { dropout: 0.1 })),
      '"model.dropout"',
    ],
    [
      'a normaliser of another kind',
      changed((file) =>
        Object.assign(file, { normalizer: { type: 'Sequence', normalizers: [{ type: 'Nmt' }] } }),
      ),
      '"normalizer.normalizers[0]" is a "Nmt"',
    ],
    [
      'an expression that is not known to be harmless',
      changed((file) =>
        Object.assign(file, { normalizer: { type: 'Replace', pattern: { Regex: '(a+)+$' }, content: '' } }),
      ),
      '"normalizer.pattern.Regex"',
    ],
    [
      'a pre-tokeniser that is not supported as it is set',
      changed((file) =>
        Object.assign(file, {
          pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' },
        }),
      ),
      '"pre_tokenizer.prepend_scheme" is "first"',
    ],
    [
      'a post-processor of another kind',
      changed((file) => Object.assign(file, { post_processor: { type: 'X' } })),
      '"post_processor"',
    ],
    [
      'an id that is none',
      changed(({ model }) => Object.assign(model.vocab, { the: -1 })),
      '"model.vocab["the"]"',
    ],
    [
      'a missing unknown token',
      changed(({ model }) => Object.assign(model, { unk_token: 'none' })),
      '"model.unk_token"',
    ],
    [
      'a table of replacements that is cut off',
      changed((file) =>
        Object.assign(file, { normalizer: { type: 'Precompiled', precompiled_charsmap: 'AAEAAA==' } }),
      ),
      '"normalizer.precompiled_charsmap"',
    ],
  ];
  for (const [name, json, place] of cases) {
    it(`bad call: ${name} is refused by its name`, () => {
      const { code, message } = refusalOf(json);

      expect(code).toBe('unsupported_tokenizer');
      expect(message).toContain(place);
    });
  }
});
