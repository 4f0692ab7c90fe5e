/** Networks over the encoded matrix: pictures and texts go through layers of their own, then all join. */
import type { ForwardContext, Layer, Network, Tensor } from '../../autodiff/index.ts';
import { prefixed, within } from '../../autodiff/index.ts';
import { attr } from '../../onnx/index.ts';
import type { FeatureBlock } from '../../preprocess/index.ts';

/** What reads one block, [rows, size], and gives [rows, outputs]. */
export interface Reader {
  readonly layer: Layer;
  readonly outputs: number;
}

/** Neighbouring columns and what reads them; without a reader they are taken as they are. */
interface Branch {
  readonly name: string;
  readonly start: number;
  readonly size: number;
  readonly reader: Reader | null;
}

/** What a network is put together from. */
export interface BlockNetworkParts {
  readonly columns: number;
  readonly layout: readonly FeatureBlock[];
  /** What reads a block; `null` takes its columns as they are. */
  readerOf(block: FeatureBlock): Reader | null;
  /** What comes after, from so many numbers a row on. */
  head(inputs: number): Layer;
}

/** A network of one input `x`, float32 [rows, columns]. */
export function blockNetwork({ columns, layout, readerOf, head }: BlockNetworkParts): Network {
  const branches = branchesOf(layout, columns, readerOf);
  const width = branches.reduce((sum, { size, reader }) => sum + (reader?.outputs ?? size), 0);
  const last = head(width);
  return {
    parameters: Object.assign(
      {},
      ...branches.map(({ name, reader }) => (reader ? prefixed(name, reader.layer.parameters) : {})),
      prefixed('head', last.parameters),
    ),
    forward: (context, { x }) => {
      const parts = branches.map((branch) => read(context, branch, { x: x!, columns }));
      const joined = parts.length === 1 ? parts[0]! : context.tape.op('Concat', parts, { axis: attr.int(1) });
      return last.apply(within(context, 'head'), joined);
    },
  };
}

function branchesOf(
  layout: readonly FeatureBlock[],
  columns: number,
  readerOf: BlockNetworkParts['readerOf'],
): readonly Branch[] {
  if (layout.length === 0) return [{ name: 'columns', start: 0, size: columns, reader: null }];
  const branches: Branch[] = [];
  for (const block of layout) {
    const { kind, start, size } = block;
    const reader = readerOf(block);
    const before = branches.at(-1);
    if (before?.reader === null && reader === null) {
      branches[branches.length - 1] = { ...before, size: before.size + size };
    } else {
      branches.push({ name: `${kind}${branches.length + 1}`, start, size, reader });
    }
  }
  return branches;
}

function read(
  context: ForwardContext,
  { name, start, size, reader }: Branch,
  { x, columns }: { readonly x: Tensor; readonly columns: number },
): Tensor {
  const { tape } = context;
  const own =
    size === columns
      ? x
      : tape.op('Slice', [x, tape.integers([start]), tape.integers([start + size]), tape.integers([1])]);
  return reader ? reader.layer.apply(within(context, name), own) : own;
}
