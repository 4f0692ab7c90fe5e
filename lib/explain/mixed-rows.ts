/** Asks any model about rows that are partly the explained one and partly a background row. */
import type { TensorData, TensorStorage } from '../onnx/index.ts';
import type { Feeds } from './model-explainer.ts';

/** A model as a function of raw columns. */
export interface RawModel {
  /** The input each column travels in and its place there. */
  readonly columns: readonly { readonly input: string; readonly index: number }[];
  /** Numbers it gives for a row. */
  readonly outputs: number;
  /** Row-major [rows, outputs]; the tensors are [rows, width]. */
  run(feeds: Feeds, rows: number): Promise<Float64Array>;
}

/** Answers for mixed rows: `masks` is [count, columns] with 1 where the row's own value stays. */
export type MixedAnswers = (masks: Uint8Array, partners: Int32Array) => Promise<Float64Array>;

/** Rows in one call of the model. */
const batchRows = 4096;

/**
 * The function that answers mixtures of one row with background rows.
 *
 * @param own a single row
 * @param background at least one row
 */
export function mixedAnswers(model: RawModel, own: Feeds, background: Feeds): MixedAnswers {
  const width = model.columns.length;
  return async (masks, partners) => {
    const answers = new Float64Array(partners.length * model.outputs);
    for (let start = 0; start < partners.length; start += batchRows) {
      const batch = partners.subarray(start, start + batchRows);
      const feeds = takeRows(background, batch);
      for (const [column, { input, index }] of model.columns.entries()) {
        const values = feeds[input]!.data as unknown[];
        const columns = feeds[input]!.dims[1]!;
        const value = own[input]!.data[index]!;
        for (let row = 0; row < batch.length; row += 1) {
          if (masks[(start + row) * width + column] === 1) values[row * columns + index] = value;
        }
      }
      answers.set(await model.run(feeds, batch.length), start * model.outputs);
    }
    return answers;
  };
}

/** Some rows of tensors [rows, width], copied. */
export function takeRows(feeds: Feeds, rows: ArrayLike<number>): Record<string, TensorData> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { type, dims, data }]) => {
      const columns = dims[1]!;
      const length = rows.length * columns;
      const taken = Array.isArray(data)
        ? new Array<string>(length)
        : new (data.constructor as Float32ArrayConstructor)(length);
      for (let place = 0; place < length; place += 1) {
        taken[place] = data[rows[Math.floor(place / columns)]! * columns + (place % columns)] as never;
      }
      return [name, { type, dims: [rows.length, columns], data: taken as TensorStorage }];
    }),
  );
}
