/** What an answer tells of itself: the fields of the request's log line, and so of the usage that is made of it. */
import type { TensorData } from '../onnx/types.ts';

/** The names are those of the log line; a type, since an interface is no record. */
export type ServedFields = {
  /** Its name in the API. */
  readonly model: string;
  readonly version: string;
  /** Predictions, or rows that were explained or transformed. */
  readonly rows: number;
};

/** What a version answered. */
export const servedFields = (
  { model, version }: Pick<ServedFields, 'model' | 'version'>,
  rows: number,
): ServedFields => ({ model, version, rows });

/** Rows in the inputs of a model: the first dimension of the first one; 1 for inputs without dimensions. */
export function rowsIn(feeds: Readonly<Record<string, Pick<TensorData, 'dims'>>>): number {
  for (const name in feeds) return feeds[name]!.dims[0] ?? 1;
  return 1;
}
