/** The native dialect: rows as objects, arrays or columns; predictions with ids, labels and warnings. */
import { requireJsonType } from '../contracts/content-type.ts';
import { encodePredictions } from './encode-predictions.ts';
import { explanationAsked } from './explain/asked.ts';
import { predictTensors } from './native-tensors.ts';
import { servedFields } from './served.ts';
import { modelAsked, type ServeOperations, serveOptions } from './service.ts';

export const nativeOperations: ServeOperations = {
  'POST /v1/models/{model}/predict': async (
    { cache, artifacts },
    { path, query, header, body, requestId },
  ) => {
    requireJsonType(header('content-type'));
    const asked = modelAsked(path.model, query.version);
    const options = serveOptions(query);
    const model = await cache.resolve(asked.model, asked.version);
    const explain = explanationAsked(query.explain, model);
    if (model.kind === 'tensors') {
      const { text, rows } = await predictTensors(model, body.text(), { ...options, requestId });
      return { status: 200, text, fields: servedFields(model.manifest, rows) };
    }
    const { feeds, ...decoded } = model.read(body.text(), options);
    const outputs = await model.session.run(feeds);
    const { nonFinite } = options;
    const answer = { manifest: model.manifest, outputs, ...decoded, requestId, nonFinite };
    const predictions = encodePredictions(answer);
    const fields = servedFields(model.manifest, decoded.rows);
    if (!explain) return { status: 200, text: predictions, fields };
    const { addExplanations } = await import('./explain/add-explanations.ts');
    const predicted = { model, feeds, rows: decoded.rows, text: predictions };
    const text = await addExplanations({ artifacts }, { query, requestId }, predicted);
    return { status: 200, text, fields };
  },
};
