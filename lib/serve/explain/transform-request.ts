/** `POST /v1/models/{model}/transform`: what the preprocessing makes of rows, with the names of the features. */
import { requireJsonType } from '../../contracts/content-type.ts';
import { number32 } from '../numbers.ts';
import { servedFields } from '../served.ts';
import {
  modelAsked,
  type ServeAnswer,
  type ServeContext,
  type ServeRequest,
  serveOptions,
} from '../service.ts';
import { requireRows } from '../version-cache.ts';
import { modelParts } from './model-parts.ts';

/** Answers a request for encoded rows; a missing value that the model takes as it is, is `null`. */
export async function transformRequest(
  { cache, artifacts }: ServeContext,
  { path, query, header, body }: ServeRequest,
): Promise<ServeAnswer> {
  requireJsonType(header('content-type'));
  const asked = modelAsked(path.model, query.version);
  const { strict } = serveOptions(query);
  const model = requireRows(await cache.resolve(asked.model, asked.version));
  const { feeds, warnings, warningsOmitted } = model.read(body.text(), { strict });
  const { explainer } = await modelParts(artifacts, model);
  const { rows, columns, data } = await explainer.encode(feeds);
  const texts = Array.from({ length: rows }, (_, row) => {
    const own = Array.from(data.subarray(row * columns, (row + 1) * columns), (value) =>
      number32(value, 'null', 'feature'),
    );
    return `[${own.join(',')}]`;
  });
  const { names, columns: sources } = explainer.encoding;
  const { model: name, version } = model.manifest;
  const head = JSON.stringify({ model: name, version, features: names, columns: sources }).slice(0, -1);
  const omitted = warningsOmitted > 0 ? `,"warnings_omitted":${warningsOmitted}` : '';
  return {
    status: 200,
    fields: servedFields(model.manifest, rows),
    text: `${head},"rows":[${texts.join(',')}],"warnings":${JSON.stringify(warnings)}${omitted}}`,
  };
}
