/** What a network will need to be trained, from its own graph. */
import type { FeatureBlock } from '../../preprocess/index.ts';
import { costOfRow, parameterCount } from './cost.ts';
import { type NetworkName, networkFor } from './network-for.ts';
import { epochsOf, trainingOf } from './training.ts';

/** What there will be to read beside plain columns. */
export interface NetworkReads {
  /** Height, width and channels of each column of pictures. */
  readonly pictures: readonly (readonly [number, number, number])[];
  /** Of each column of texts: words that are read, words that are known, and columns if words are weighed instead. */
  readonly texts: readonly { readonly length: number; readonly vocabulary: number; readonly terms: number }[];
}

/** How large a problem is. */
export interface NetworkSize {
  readonly learner: NetworkName;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly rows: number;
  /** Encoded ones, with every pixel and every term. */
  readonly columns: number;
  readonly reads?: NetworkReads;
  /** 1 for numbers. */
  readonly classes: number;
}

/** Multiplications that one processor does in a second, and weights that an optimiser updates. */
const productsPerSecond = 8e9;
const weightsPerSecond = 3e8;
/** What every row costs beside its products. */
const secondsPerRow = 4e-6;
/** On the way back there are two products for each on the way forward. */
const backAndForth = 3;
/** Weights, gradient, the memory of the optimiser and what passes between them. */
const bytesPerWeight = 40;

/** Processor seconds of one fit that uses up its epochs, and the memory of its weights. */
export function estimateNetwork({
  learner,
  parameters,
  rows,
  columns,
  reads = { pictures: [], texts: [] },
  classes,
}: NetworkSize): { readonly seconds: number; readonly memoryBytes: number } {
  const layout = expectedLayout(learner, columns, reads);
  const width = layout.reduce((sum, { size }) => sum + size, 0);
  const { settings, networkOf } = networkFor(learner, parameters, { columns: width, layout });
  const network = networkOf(Math.max(1, classes));
  const weights = parameterCount(network);
  const { batchSize = rows } = trainingOf(settings, rows);
  const perRow =
    (backAndForth * costOfRow(network, { x: [1, width] }).multiplications) / productsPerSecond +
    secondsPerRow;
  const perEpoch = rows * perRow + (Math.ceil(rows / batchSize) * weights) / weightsPerSecond;
  return { seconds: epochsOf(settings) * perEpoch, memoryBytes: bytesPerWeight * weights };
}

/** Blocks of the sizes that there will be; in which order does not matter. */
function expectedLayout(
  learner: NetworkName,
  columns: number,
  { pictures, texts }: NetworkReads,
): readonly FeatureBlock[] {
  const blocks: FeatureBlock[] = [];
  let start = 0;
  const add = (block: Omit<FeatureBlock, 'start'>): void => {
    blocks.push({ ...block, start });
    start += block.size;
  };
  for (const shape of pictures) {
    add({ kind: 'pixels', size: shape.reduce((product, length) => product * length, 1), shape });
  }
  const terms = texts.reduce((sum, text) => sum + text.terms, 0);
  const plain = columns - start - (learner === 'text_network' ? terms : 0);
  if (learner === 'text_network') {
    for (const { length, vocabulary } of texts)
      add({ kind: 'tokens', size: length, shape: [length], vocabulary });
  }
  if (plain > 0 || blocks.length === 0)
    add({ kind: 'numbers', size: Math.max(1, plain), shape: [Math.max(1, plain)] });
  return blocks;
}
