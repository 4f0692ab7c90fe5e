/** Runs ONNX models: the one place that knows onnxruntime. */
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { internal, invalidInput, type OnrampError } from '../core/index.ts';
import type { ElementType, TensorData, TensorStorage, ValueInfo } from './types.ts';

/** How a model is run. */
export interface SessionOptions {
  /** Threads inside one operator; 1 by default, as more are slower for small models. */
  readonly threads?: number;
  /** How hard onnxruntime rewrites the graph before the first run; `all` by default. */
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'all';
  /** Threads look for work all the time while they wait, for work that has the processor to itself; false by default. */
  readonly spinning?: boolean;
  /**
   * Numbers below 1.2e-38 become 0, with which processors count many times faster; false by default. It goes on for the
   * thread that makes the session, also in JavaScript, so that this is for threads of their own.
   */
  readonly flushDenormals?: boolean;
}

/** A loaded model; release it when it is no longer needed, as its memory is not the garbage collector's. */
export interface ModelSession {
  /** Inputs that must be fed; a shape of [] is a scalar or unknown, `''` is a size without a name. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /**
   * Computes outputs, all of them unless some are named.
   *
   * Typed arrays are neither copied on the way in nor on the way out; do not write to a feed before the run ended.
   * The work is done on the calling thread and blocks it.
   *
   * @throws OnrampError `missing_input`, `input_type`, `input_shape`, `empty_input`, `nul_character` when a feed does
   *   not fit; `unknown_output`; `model_run_failed` when an operator rejects the values; `out_of_memory`;
   *   `session_released`
   */
  run(
    feeds: Readonly<Record<string, TensorData>>,
    outputs?: readonly string[],
  ): Promise<Record<string, TensorData>>;
  /** Frees the memory; later runs fail with `session_released`, a second release does nothing. */
  release(): Promise<void>;
}

type Runtime = typeof import('./runtime.ts');

let runtime: Promise<Runtime> | undefined;

/** Loaded with the first session, because the native library costs about 20 ms. */
function loadRuntime(): Promise<Runtime> {
  // Otherwise it reports machine and models to its maker, and keeps an id and a cache of events in the home folder.
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  runtime ??= import('./runtime.ts').then(
    (ort) => {
      ort.env.logLevel = 'fatal';
      return ort;
    },
    (cause) => {
      const here = `${process.platform}/${process.arch}`;
      throw internal(`onnxruntime-node has no working library for ${here}`, {
        code: 'runtime_missing',
        cause,
      });
    },
  );
  return runtime;
}

/**
 * Loads a model into onnxruntime.
 *
 * Files from outside go through `checkModel` first.
 *
 * @param model bytes of a `.onnx` file; may be reused afterwards
 * @throws OnrampError `model_rejected` when onnxruntime cannot run the model; `runtime_missing` when there is no
 *   native library for this machine
 */
export async function createSession(model: Uint8Array, options: SessionOptions = {}): Promise<ModelSession> {
  const { threads = 1, optimization = 'all', spinning = false, flushDenormals = false } = options;
  const ort = await loadRuntime();
  try {
    const session = await ort.InferenceSession.create(model, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: optimization,
      // Errors reach the caller as errors; on standard error they would only repeat people's data.
      logSeverityLevel: 4,
      extra: {
        session: {
          // A spinning thread burns a core that a small machine needs for the next request.
          intra_op: { allow_spinning: spinning ? '1' : '0' },
          set_denormal_as_zero: flushDenormals ? '1' : '0',
        },
      },
    });
    return wrapSession(session, { TensorClass: ort.Tensor, takesEmpty: !hasRecurrentNode(model) });
  } catch (cause) {
    throw invalidInput(`onnxruntime cannot run this model: ${reasonOf(cause)}${hintFor(cause)}`, {
      code: 'model_rejected',
      cause,
    });
  }
}

/**
 * Operators that end the process when they are given no rows or no steps: an exception in a thread of onnxruntime that
 * nobody catches. As they stand in a file: the field of a node's operator, its length, its name.
 */
const recurrentNodes = ['GRU', 'LSTM'].map((name) =>
  Buffer.concat([Buffer.from([0x22, name.length]), Buffer.from(name)]),
);

/** Looks for the bytes alone: files that are read here may have 256 MiB, and most loads have no time to decode them. */
function hasRecurrentNode({ buffer, byteOffset, byteLength }: Uint8Array): boolean {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  return recurrentNodes.some((node) => bytes.includes(node));
}

/** Words for a refusal that its own do not explain. */
const hintFor = (cause: unknown): string =>
  /construct locale/.test(reasonOf(cause))
    ? '. The model puts texts into small letters by a locale that this machine has not got. Train with lowercase=False and send small letters; or, if words from A to Z are enough, name the locale "C" when exporting (with skl2onnx, options={TfidfVectorizer: {"locale": "C"}})'
    : '';

interface SessionParts {
  readonly TensorClass: typeof Tensor;
  /** False if the process would not survive an input without a single number. */
  readonly takesEmpty: boolean;
}

function wrapSession(session: InferenceSession, { TensorClass, takesEmpty }: SessionParts): ModelSession {
  const inputs = session.inputMetadata.map(valueInfo);
  const outputs = session.outputMetadata.map(valueInfo);
  let released = false;
  return {
    inputs,
    outputs,
    run: async (feeds, wanted) => {
      if (released) throw internal('the session was released before this run', { code: 'session_released' });
      // Without a prototype, as an input may be called `__proto__`.
      const tensors: Record<string, Tensor> = Object.create(null);
      for (const info of inputs) {
        const feed = feeds[info.name];
        if (feed === undefined) throw missingInput(info, feeds);
        if (!takesEmpty && feed.dims.includes(0)) throw emptyInput(info, feed);
        tensors[info.name] = feedTensor(TensorClass, info, feed);
      }
      try {
        return plainTensors(
          wanted === undefined ? await session.run(tensors) : await session.run(tensors, wanted),
        );
      } catch (cause) {
        throw runFailure(cause, outputs, wanted);
      }
    },
    release: async () => {
      if (released) return;
      released = true;
      await session.release();
    },
  };
}

const valueInfo = (metadata: InferenceSession.ValueMetadata): ValueInfo => {
  if (!metadata.isTensor) {
    throw new Error(`"${metadata.name}" is a sequence or map; only tensors can be served`);
  }
  return { name: metadata.name, type: metadata.type as ElementType, shape: metadata.shape };
};

function feedTensor(TensorClass: typeof Tensor, info: ValueInfo, feed: TensorData): Tensor {
  const { name, type, shape } = info;
  if (feed.type !== type) {
    throw invalidInput(`input "${name}" takes ${type} but was fed ${feed.type}`, {
      code: 'input_type',
      param: name,
    });
  }
  // onnxruntime reports an unknown number of dimensions like a scalar, so that case is left to its own check.
  if (shape.length > 0 && !fits(feed.dims, shape)) {
    const message = `input "${name}" takes the shape [${shape.map((size) => size || '?')}] but was fed [${feed.dims}]`;
    throw invalidInput(message, { code: 'input_shape', param: name });
  }
  if (type === 'string') refuseNulCharacters(feed.data as readonly string[], name);
  try {
    if (type === 'float16') return halfTensor(TensorClass, feed);
    // The cast picks one overload; the constructor itself compares type and data.
    return new TensorClass(type as 'float32', feed.data as Float32Array, feed.dims);
  } catch (cause) {
    throw invalidInput(`input "${name}": ${reasonOf(cause)}`, { code: 'input_shape', param: name, cause });
  }
}

/** The native side of onnxruntime-node ends a text at its first U+0000, and would compute with what is left. */
function refuseNulCharacters(texts: readonly string[], name: string): void {
  const index = texts.findIndex((text) => typeof text === 'string' && text.includes('\0'));
  if (index < 0) return;
  throw invalidInput(`input "${name}": text ${index} holds the character U+0000, which models cannot read`, {
    code: 'nul_character',
    param: name,
  });
}

/** The constructor wraps half floats in a Float16Array, which the native side of onnxruntime-node 1.30 cannot read. */
function halfTensor(TensorClass: typeof Tensor, feed: TensorData): Tensor {
  const tensor = new TensorClass('uint16', feed.data as Uint16Array, feed.dims);
  return Object.assign(tensor, { type: 'float16' as const });
}

function fits(dims: readonly number[], shape: ValueInfo['shape']): boolean {
  if (dims.length !== shape.length) return false;
  for (let axis = 0; axis < shape.length; axis += 1) {
    if (typeof shape[axis] === 'number' && shape[axis] !== dims[axis]) return false;
  }
  return true;
}

function plainTensors(results: InferenceSession.ReturnType): Record<string, TensorData> {
  const tensors: Record<string, TensorData> = {};
  for (const name in results) {
    const { type, dims, data } = results[name] as Tensor;
    tensors[name] = {
      type: type as ElementType,
      dims,
      data: type === 'float16' ? rawBits(data) : (data as TensorStorage),
    };
  }
  return tensors;
}

/** Newer versions of Node hand out a Float16Array; the raw bits are what our tensors hold. */
function rawBits(data: Tensor['data']): Uint16Array {
  const { buffer, byteOffset, length } = data as Uint16Array;
  return new Uint16Array(buffer, byteOffset, length);
}

const emptyInput = ({ name }: ValueInfo, { dims }: TensorData): OnrampError =>
  invalidInput(
    `input "${name}" is empty, [${dims}], which models with GRU or LSTM do not take; send at least one row and one step`,
    { code: 'empty_input', param: name },
  );

function missingInput(info: ValueInfo, feeds: Readonly<Record<string, TensorData>>): OnrampError {
  const fed = Object.keys(feeds).join(', ') || 'nothing';
  return invalidInput(`input "${info.name}" (${info.type}) is missing; fed was: ${fed}`, {
    code: 'missing_input',
    param: info.name,
  });
}

function runFailure(
  cause: unknown,
  outputs: readonly ValueInfo[],
  wanted: readonly string[] = [],
): OnrampError {
  const unknown = wanted.find((name) => !outputs.some((output) => output.name === name));
  if (unknown !== undefined) {
    const known = outputs.map(({ name }) => name).join(', ');
    return invalidInput(`the model has no output "${unknown}"; it has: ${known}`, {
      code: 'unknown_output',
      cause,
    });
  }
  const reason = reasonOf(cause);
  if (reason.includes('disposed')) {
    return internal('the session was released before its run began', { code: 'session_released', cause });
  }
  if (/bad_alloc|allocat|out of memory/i.test(reason)) {
    return internal(`the model ran out of memory: ${reason}`, { code: 'out_of_memory', cause });
  }
  // Types and shapes fit, so what is left depends on the values: a text that is no number, an unknown category.
  return invalidInput(`the model rejects these values: ${reason}`, { code: 'model_run_failed', cause });
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
