/** The rows of a request as the model's preprocessing makes them: one matrix of numbers. */
import { requireJsonType } from '../../contracts/content-type.ts';
import type { ServeContext, ServeRequest } from '../service.ts';
import { type RowModel, requireRows } from '../version-cache.ts';
import { modelParts } from './model-parts.ts';

/** Which version encodes, and how odd data are taken. */
export interface EncodeOptions {
  readonly model: string;
  readonly version?: string;
  readonly strict: boolean;
}

/** What became of the rows; the value of row r and feature f is `data[r * columns + f]`, NaN where it is missing. */
export interface EncodedRows {
  readonly model: RowModel;
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
  /** Names of the features, and the column that each was made of. */
  readonly names: readonly string[];
  readonly sources: readonly string[];
  readonly warnings: ReturnType<RowModel['read']>['warnings'];
  readonly warningsOmitted: number;
}

/** @throws as predictions of the model do; invalid_request for a model whose file does not tell its preprocessing */
export async function encodeRows(
  { cache, artifacts }: Pick<ServeContext, 'cache' | 'artifacts'>,
  { header, body }: Pick<ServeRequest, 'header' | 'body'>,
  { model: name, version, strict }: EncodeOptions,
): Promise<EncodedRows> {
  requireJsonType(header('content-type'));
  const model = requireRows(await cache.resolve(name, version));
  const { feeds, warnings, warningsOmitted } = model.read(body.text(), { strict });
  const { explainer } = await modelParts(artifacts, model);
  const { rows, columns, data } = await explainer.encode(feeds);
  const { names, columns: sources } = explainer.encoding;
  return { model, rows, columns, data, names, sources, warnings, warningsOmitted };
}
