/** The native dialect: rows as objects, arrays or columns; predictions with ids, labels and warnings. */
import { requireJsonType } from '../contracts/content-type.ts';
import { encodePredictions } from './encode-predictions.ts';
import { nativeRows } from './row-source.ts';
import { modelAsked, parseJson, type ServeOperations, serveOptions } from './service.ts';
import { requireRows } from './version-cache.ts';

export const nativeOperations: ServeOperations = {
  'POST /v1/models/{model}/predict': async ({ cache }, { path, query, header, body, requestId }) => {
    requireJsonType(header('content-type'));
    const asked = modelAsked(path.model, query.version);
    const options = serveOptions(query);
    const model = requireRows(await cache.resolve(asked.model, asked.version));
    const { feeds, ...decoded } = model.decode(nativeRows(parseJson(body.text())), options);
    const outputs = await model.session.run(feeds);
    const { nonFinite } = options;
    const text = encodePredictions({ manifest: model.manifest, outputs, ...decoded, requestId, nonFinite });
    return { status: 200, text };
  },
};
