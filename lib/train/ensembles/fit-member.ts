/** Fits one learner of an ensemble on the columns that it looks at. */
import { isOnrampError, joinFloats, type Matrix, OnrampError } from '../../core/index.ts';
import { attr, createGraphBuilder, createSession, encodeModel, floatTensor } from '../../onnx/index.ts';
import { interruptions } from '../interruptions.ts';
import type { FitOptions, FittedLearner, MatrixPart, Member, Target } from '../types.ts';

/** Rows in one call of the runtime: 16 MB of float32 at most. */
const batchValues = 4_194_304;

/** A member and where it is among the others; `final` learns from what they answer. */
interface Seat {
  readonly member: Member;
  readonly place: number | 'final';
}

/**
 * Fits the member; what it emits takes the features of the whole ensemble.
 *
 * @param options of the ensemble; `checkpoint` and `onProgress` those of this fit
 * @throws what the member's fit throws, saying whose fault it is
 */
export async function fitMember(
  x: Matrix,
  target: Target,
  options: FitOptions,
  { member, place }: Seat,
): Promise<FittedLearner> {
  const part = place === 'final' ? undefined : options.parts?.[place];
  const { threads, weights, onProgress } = options;
  const { layout, columns } = part ?? options;
  try {
    const fitted = await member.learner.fit(part ? takeColumns(x, part) : x, target, {
      threads,
      // Two networks in one ensemble begin with different weights.
      seed: place === 'final' ? options.seed : (options.seed + place) % 2 ** 32,
      parameters: member.parameters,
      ...(layout && { layout }),
      ...(columns && { columns }),
      ...(weights && { weights }),
      ...(onProgress && { onProgress }),
      ...interruptions(member.learner, options),
    });
    if (!part || isWhole(x, part)) return fitted;
    return {
      emit: (builder, features) => {
        const end = part.start + part.columns.length;
        const bounds = [[part.start], [end], [1]].map((bound) => builder.integers(bound));
        return fitted.emit(builder, builder.op('Slice', [features, ...bounds]));
      },
    };
  } catch (error) {
    throw isOnrampError(error) && error.kind === 'invalid_request'
      ? ofMember(error, { member, place })
      : error;
  }
}

const isWhole = ({ columns }: Matrix, part: MatrixPart): boolean => part.columns.length === columns;

function takeColumns(x: Matrix, part: MatrixPart): Matrix {
  if (isWhole(x, part)) return x;
  const columns = part.columns.length;
  const data = new Float32Array(x.rows * columns);
  for (let row = 0; row < x.rows; row += 1) {
    const start = row * x.columns + part.start;
    data.set(x.data.subarray(start, start + columns), row * columns);
  }
  return { rows: x.rows, columns, data };
}

function ofMember(error: OnrampError, { member: { learner }, place }: Seat): OnrampError {
  const { kind, code, param, message } = error;
  const seat = place === 'final' ? place : `learners.${place}`;
  const isOwn = param !== null && /^(learner|parameters)(\.|$)/.test(param);
  return new OnrampError(kind, `In the ensemble, of "${learner.name}": ${message}`, {
    code,
    ...(param !== null && { param: isOwn ? `parameters.${seat}.${param}` : param }),
    cause: error,
  });
}

/** What a fitted learner answers to rows: [rows, classes] for classes, [rows] for numbers. */
export async function answersOf(fitted: FittedLearner, x: Matrix): Promise<Float32Array> {
  const builder = createGraphBuilder('member');
  const { answer } = fitted.emit(builder, builder.input('features', 'float32', ['N', x.columns]));
  const flat = builder.op('Flatten', [answer], { axis: attr.int(1) });
  builder.output('answer', flat, 'float32', ['N', 'outputs']);
  const session = await createSession(encodeModel(builder.model()));
  try {
    const batches: Float32Array[] = [];
    const batchRows = Math.max(1, Math.floor(batchValues / x.columns));
    for (let start = 0; start < x.rows; start += batchRows) {
      const rows = Math.min(batchRows, x.rows - start);
      const data = x.data.subarray(start * x.columns, (start + rows) * x.columns);
      const outputs = await session.run({ features: floatTensor(data, [rows, x.columns]) });
      batches.push(outputs.answer!.data as Float32Array);
    }
    return joinFloats(batches);
  } finally {
    await session.release();
  }
}
