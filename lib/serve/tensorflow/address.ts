/** Reads TensorFlow Serving's addresses: a model, a version or a label, and a verb behind a colon. */
import { notFound, type OnrampError } from '../../core/index.ts';
import { modelAsked, type ServeRequest } from '../service.ts';

/** Which model is asked. */
export type ModelAddress = ReturnType<typeof modelAsked>;

/** Labels that mean the live version. */
const liveLabels: ReadonlySet<string> = new Set(['live', 'stable']);

/**
 * The model of `/v1/models/{model}`, with `/versions/{version}` or `/labels/{label}` behind it; `?version=` is heard
 * where the path has neither.
 *
 * @throws not_found `unknown_label`; invalid_request for what is no name
 */
export function modelOf({ path, query }: Pick<ServeRequest, 'path' | 'query'>): ModelAddress {
  const { model, version, label } = path;
  if (label === undefined) return modelAsked(model, version ?? query.version);
  const asked = modelAsked(model, undefined);
  if (liveLabels.has(label)) return asked;
  throw notFound(
    `Model "${model}" has no version with the label "${label}"; "live" and "stable" are the live one.`,
    { code: 'unknown_label', param: 'label' },
  );
}

/**
 * The model and the verb of `POST /v1/models/{model}:predict` and its kin.
 *
 * @throws not_found `unknown_verb` for an address without a verb that there is
 */
export function modelAndVerbOf(request: Pick<ServeRequest, 'path' | 'query'>): {
  readonly asked: ModelAddress;
  readonly verb: 'predict' | 'classify' | 'regress';
} {
  const last = ['label', 'version', 'model'].find((name) => request.path[name] !== undefined) ?? 'model';
  const [, name = '', verb] = /^([^:]*):(predict|classify|regress)$/.exec(request.path[last] ?? '') ?? [];
  if (verb === undefined) throw unknownVerb(request.path.model ?? '');
  const path = { ...request.path, [last]: name };
  return { asked: modelOf({ path, query: request.query }), verb: verb as 'predict' };
}

function unknownVerb(model: string): OnrampError {
  const name = model.split(':', 1)[0]!;
  return notFound(
    `There is nothing to POST to at this address; POST /v1/models/${name}:predict asks the model.`,
    { code: 'unknown_verb' },
  );
}
