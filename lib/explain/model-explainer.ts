/** Explains and encodes with a published file alone: its graph cut at the features, and its trees or weights read. */
import { encodingKey, type ModelEncoding } from '../contracts/encoding.ts';
import { invalidInput, type Matrix, type OnrampError } from '../core/index.ts';
import {
  createSession,
  cutModel,
  decodeModel,
  encodeModel,
  type ModelSession,
  type OnnxModel,
  type TensorData,
} from '../onnx/index.ts';
import { interventionalTrees } from './interventional-trees.ts';
import { linearAttributor } from './linear.ts';
import { pathDependentTrees } from './path-dependent-trees.ts';
import { readScore } from './read-score.ts';
import type { Attribution, FeatureAttributor, Score } from './types.ts';

/** What a model takes, as one tensor an input. */
export type Feeds = Readonly<Record<string, TensorData>>;

/** The exact ways to explain a published model. */
export type ExactMethod = 'interventional' | 'path_dependent';

/** A published model taken apart; release it when it is no longer needed. */
export interface ModelExplainer {
  readonly encoding: ModelEncoding;
  /** Nodes of all its trees, which time grows with; 0 for other models. */
  treeNodes(): number;
  /** What the preprocessing makes of raw rows: float32 [rows, features]. */
  encode(feeds: Feeds): Promise<Matrix>;
  /**
   * Shares out the scores of raw rows among the encoded features.
   *
   * @param background raw rows; needed by all but `path_dependent`. The same object is encoded once
   * @throws invalid_request `method_mismatch` if the model is not of trees and `path_dependent` is asked for, or if it
   *   is of neither trees nor weights
   */
  explain(feeds: Feeds, background: Feeds | null, method: ExactMethod): Promise<Attribution>;
  release(): Promise<void>;
}

/**
 * Takes a published file apart.
 *
 * @throws invalid_request `no_encoding` for a file that does not say how it is made
 */
export async function createModelExplainer(bytes: Uint8Array): Promise<ModelExplainer> {
  const model = decodeModel(bytes);
  const encoding = readEncoding(model);
  const session = await openEncoder(model, encoding);
  const attributors = new WeakMap<object, Promise<FeatureAttributor>>();
  let known: Score | undefined;
  const score = (): Score => {
    known ??= readScore(model, encoding);
    return known;
  };

  const encode = (feeds: Feeds): Promise<Matrix> => encodeRows(session, encoding, feeds);
  const prepare = async (background: Feeds | null, method: ExactMethod): Promise<FeatureAttributor> => {
    return createAttributor(score(), background && (await encode(background)), method);
  };
  return {
    encoding,
    encode,
    treeNodes: () => {
      if (encoding.style === 'other') return 0;
      const made = score();
      return made.style === 'trees' ? made.ensemble.feature.length : 0;
    },
    explain: async (feeds, background, method) => {
      if (encoding.style === 'other') throw notExact();
      const key = method === 'path_dependent' ? encoding : background;
      if (key === null) throw missingBackground();
      let attributor = attributors.get(key);
      if (!attributor) {
        attributor = prepare(method === 'path_dependent' ? null : background, method);
        attributors.set(key, attributor);
      }
      return (await attributor)(await encode(feeds));
    },
    release: () => session.release(),
  };
}

/** How a file says it is made. */
function readEncoding({ metadata }: OnnxModel): ModelEncoding {
  const text = metadata[encodingKey];
  if (text !== undefined) return JSON.parse(text) as ModelEncoding;
  throw invalidInput(
    'The file does not say how it is made, as versions trained before explanations came do not; train the model again.',
    { code: 'no_encoding' },
  );
}

function openEncoder(model: OnnxModel, { features, names }: ModelEncoding): Promise<ModelSession> {
  const encoder = cutModel(model, [{ name: features, type: 'float32', shape: ['N', names.length] }]);
  return createSession(encodeModel(encoder));
}

async function encodeRows(
  session: ModelSession,
  { features, names }: ModelEncoding,
  feeds: Feeds,
): Promise<Matrix> {
  const { [features]: encoded } = await session.run(feeds);
  const data = encoded!.data as Float32Array;
  return { rows: data.length / names.length, columns: names.length, data };
}

function createAttributor(score: Score, background: Matrix | null, method: ExactMethod): FeatureAttributor {
  if (method === 'path_dependent') {
    if (score.style === 'trees') return pathDependentTrees(score.ensemble, score.offsets);
    throw methodMismatch();
  }
  if (background === null) throw missingBackground();
  return score.style === 'trees'
    ? interventionalTrees(score.ensemble, background, score.offsets)
    : linearAttributor(score, background);
}

const notExact = (): OnrampError =>
  invalidInput('This model has no exact explanation; method=kernel explains any model.', {
    code: 'method_mismatch',
    param: 'method',
  });

const methodMismatch = (): OnrampError =>
  invalidInput('method=tree_path_dependent explains trees, and this model is linear; leave "method" out.', {
    code: 'method_mismatch',
    param: 'method',
  });

const missingBackground = (): OnrampError =>
  invalidInput(
    'This version has no background sample to compare with; ask with method=tree_path_dependent.',
    {
      code: 'no_background',
    },
  );
