/** Words of texts: taken apart in the graph as here, and known by numbers in whatever case they are written. */
import { attr, type GraphBuilder, type Value } from '../onnx/index.ts';

/**
 * A word: two or more letters, digits and underscores, as scikit-learn takes them (`\b\w\w+\b`); in syntax that
 * JavaScript and RE2 read alike.
 */
const wordPattern = '[\\p{L}\\p{N}_]{2,}';
const words = new RegExp(wordPattern, 'gu');

/** The words of a text in order, as they are written. */
const wordsOf = (text: string): readonly string[] => text.match(words) ?? [];

/** Small letters, by which words are the same. */
const plainWord = (word: string): string => word.toLowerCase();

/** The words of a text in small letters, in order; each way to write one is added to `seen`, by the word. */
export function plainWords(text: string, seen: Map<string, Set<string>>): readonly string[] {
  return wordsOf(text).map((written) => {
    const word = plainWord(written);
    const ways = seen.get(word);
    if (ways === undefined) seen.set(word, new Set([written]));
    else ways.add(written);
    return word;
  });
}

/** Every way to write a word and the number of the word. */
export type WordNumbers = readonly (readonly [written: string, number: number])[];

/**
 * Numbers words. ONNX can put small letters only with the help of the machine's locale, which not every machine has; so
 * a word is known in small letters, in capitals, with a capital first and in every other way in which the training texts
 * write it.
 *
 * @param seen the ways to write a word, by the word
 * @param first number of the first word
 */
export function numberWords(
  vocabulary: readonly string[],
  seen: ReadonlyMap<string, ReadonlySet<string>>,
  first: number,
): WordNumbers {
  return vocabulary.flatMap((word, index) => {
    const [head = '', ...rest] = [...word];
    const usual = [word, word.toUpperCase(), head.toUpperCase() + rest.join('')];
    const ways = new Set([...usual.filter((way) => plainWord(way) === word), ...(seen.get(word) ?? [])]);
    return [...ways].map((way) => [way, first + index] as const);
  });
}

/** The number of each word of some texts. */
export interface NumberedWords {
  /** Position in the text tensor. */
  readonly column: number;
  readonly numbers: WordNumbers;
  /** What a word has that is not among them. */
  readonly unknown: number;
  /** What stands after the end of a text. */
  readonly end: number;
  /** Values that each text is encoded as. */
  readonly size: number;
}

/**
 * Takes the texts of a column apart and encodes each of them. One after the other (`Scan`): taken apart together, every
 * text would have as many words as the longest one, and one long text among many would be more than any memory holds.
 *
 * @param text string [N, text columns]
 * @param encode from the numbers of a text's words, int64 [1, words], to a value [1, size] of the type float32
 * @returns float32 [N, size]
 */
export function emitWords(
  builder: GraphBuilder,
  text: Value,
  plan: NumberedWords,
  encode: (body: GraphBuilder, words: Value) => Value,
): Value {
  const { column, numbers, unknown, end, size } = plan;
  const texts = builder.op('Gather', [text, builder.integers([column])], { axis: attr.int(1) });
  const body = builder.subgraph('words_of_text');
  const tokens = body.op(
    'Tokenizer',
    [body.input('one_text', 'string', [1])],
    {
      mark: attr.int(0),
      mincharnum: attr.int(1),
      pad_value: attr.string(''),
      tokenexp: attr.string(wordPattern),
    },
    { domain: 'com.microsoft', hint: 'words' },
  );
  const words = body.op(
    'LabelEncoder',
    // The type is said once more: the checker of ONNX 1.23 dies of one that it does not know, as of any foreign domain.
    [body.op('Cast', [tokens], { to: attr.int(8) })],
    {
      keys_strings: attr.strings([...numbers.map(([way]) => way), '']),
      values_int64s: attr.ints([...numbers.map(([, number]) => number), end]),
      default_int64: attr.int(unknown),
    },
    { domain: 'ai.onnx.ml', hint: 'word_numbers' },
  );
  body.output('encoded_text', encode(body, words), 'float32', [1, size]);
  // An empty text behind the others, as nothing can be gone through that has no row at all.
  const nothing = builder.constant({ type: 'string', dims: [1, 1], data: [''] });
  const encoded = builder.op('Scan', [builder.op('Concat', [texts, nothing], { axis: attr.int(0) })], {
    body: attr.graph(body.graph()),
    num_scan_inputs: attr.int(1),
  });
  const given = builder.op('Slice', [encoded, builder.integers([0]), builder.integers([-1])]);
  return builder.op('Squeeze', [given, builder.integers([1])]);
}
