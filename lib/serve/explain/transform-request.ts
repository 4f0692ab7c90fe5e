/** `POST /v1/models/{model}/transform`: what the preprocessing makes of rows, with the names of the features. */
import { number32 } from '../numbers.ts';
import { servedFields } from '../served.ts';
import {
  modelAsked,
  type ServeAnswer,
  type ServeContext,
  type ServeRequest,
  serveOptions,
} from '../service.ts';
import { encodeRows } from './encode-rows.ts';

/** Answers a request for encoded rows; a missing value that the model takes as it is, is `null`. */
export async function transformRequest(context: ServeContext, request: ServeRequest): Promise<ServeAnswer> {
  const asked = modelAsked(request.path.model, request.query.version);
  const { strict } = serveOptions(request.query);
  const encoded = await encodeRows(context, request, { ...asked, strict });
  const { model: name, version } = encoded.model.manifest;
  const { names: features, sources: columns, warnings, warningsOmitted } = encoded;
  const head = JSON.stringify({ model: name, version, features, columns }).slice(0, -1);
  const omitted = warningsOmitted > 0 ? `,"warnings_omitted":${warningsOmitted}` : '';
  const rows = writeRows(encoded);
  return {
    status: 200,
    fields: servedFields(encoded.model.manifest, encoded.rows),
    text: `${head},"rows":${rows},"warnings":${JSON.stringify(warnings)}${omitted}}`,
  };
}

/** A matrix as JSON, row by row, in the shortest digits that give the same float32. */
export function writeRows({
  rows,
  columns,
  data,
}: Readonly<Record<'rows' | 'columns', number>> & { readonly data: Float32Array }): string {
  const texts = Array.from({ length: rows }, (_, row) => {
    const own = Array.from(data.subarray(row * columns, (row + 1) * columns), (value) =>
      number32(value, 'null', 'feature'),
    );
    return `[${own.join(',')}]`;
  });
  return `[${texts.join(',')}]`;
}
