/** The native dialect: rows as objects, arrays or columns; predictions with ids, labels and warnings. */
import { mediaType, requireJsonType } from '../contracts/content-type.ts';
import { invalidInput } from '../core/index.ts';
import type { RowSource } from './decode-rows.ts';
import { type Answer, encodePredictions } from './encode-predictions.ts';
import { explanationAsked } from './explain/asked.ts';
import { predictTensors } from './native-tensors.ts';
import { servedFields } from './served.ts';
import { modelAsked, type ServeOperations, serveOptions } from './service.ts';
import type { RowModel } from './version-cache.ts';

export const nativeOperations: ServeOperations = {
  'POST /v1/models/{model}/predict': async (
    { cache, artifacts },
    { path, query, header, body, requestId },
  ) => {
    const isPicture = mediaType(header('content-type')).startsWith('image/');
    if (!isPicture) requireJsonType(header('content-type'));
    const asked = modelAsked(path.model, query.version);
    const options = serveOptions(query);
    const model = await cache.resolve(asked.model, asked.version);
    const explain = explanationAsked(query.explain, model);
    if (model.kind === 'tensors') {
      requireJsonType(header('content-type'));
      const { text, rows } = await predictTensors(model, body.text(), { ...options, requestId });
      return { status: 200, text, fields: servedFields(model.manifest, rows) };
    }
    const { feeds, ...decoded } = isPicture
      ? model.decode(pictureRow(model, body.bytes()), options)
      : model.read(body.text(), options);
    const outputs = await model.session.run(feeds);
    const { nonFinite } = options;
    const answer = { manifest: model.manifest, outputs, ...decoded, requestId, nonFinite };
    const { clusters, anomaly } = model.manifest.schema;
    const predictions = await (clusters || anomaly ? withoutTarget(answer) : encodePredictions(answer));
    const fields = servedFields(model.manifest, decoded.rows);
    if (!explain) return { status: 200, text: predictions, fields };
    const { addExplanations } = await import('./explain/add-explanations.ts');
    const predicted = { model, feeds, rows: decoded.rows, text: predictions };
    const text = await addExplanations({ artifacts }, { query, requestId }, predicted);
    return { status: 200, text, fields };
  },
};

/** Groups and scores are rarely asked for, so that what writes them is loaded when they are. */
const withoutTarget = async (answer: Answer): Promise<string> =>
  (await import('./encode-unsupervised.ts')).encodeUnsupervised(answer);

/**
 * The row of a body that is a picture.
 *
 * @throws invalid_request `not_one_picture` if the model takes anything else
 */
function pictureRow({ manifest: { model, schema } }: RowModel, bytes: Uint8Array): RowSource {
  const [feature, ...others] = schema.features;
  if (feature?.type === 'image' && others.length === 0) {
    const columns = { [feature.name]: [bytes] };
    return { kind: 'columns', columns, rows: 1, place: 'body', nameOf: () => 'body' };
  }
  throw invalidInput(
    `Model "${model}" takes more than one picture, or none; send its columns as JSON, pictures in base64.`,
    { code: 'not_one_picture' },
  );
}
