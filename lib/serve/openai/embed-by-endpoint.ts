/** Hands a request for vectors to a container that speaks OpenAI's dialect itself. */
import type { EndpointModel } from '../../contracts/endpoint-models.ts';
import { gatewayLimits } from '../../contracts/gateway.ts';
import {
  invalidInput,
  isOnrampError,
  isRecord,
  type OnrampError,
  parseJson,
  upstream,
} from '../../core/index.ts';
import { type Endpoints, whenReady } from '../../endpoint/index.ts';
import type { ServeAnswer } from '../service.ts';

/** The function and API Gateway in front of it wait no longer; a refusal has to be written within that time. */
const limitMs = gatewayLimits.timeoutMs - 2_000;

/**
 * The container's own answer under the model's name in the API; vectors go through as they are, in either format. A
 * model that sleeps is waited for.
 *
 * @throws invalid_request `no_embedding_model` for a model that speaks otherwise, `model_is_queued` for one that is asked
 *   through a queue; upstream `endpoint_failed` for an answer that holds no vectors; and what `invoke` throws
 */
export async function embedByEndpoint(
  endpoints: Endpoints,
  { model, endpoint, kind, speaks, component, servedName = model }: EndpointModel,
  body: Readonly<Record<string, unknown>>,
): Promise<ServeAnswer> {
  if (speaks !== 'openai') throw otherDialect(model);
  if (kind === 'async') throw queued(model);
  let askedAt = 0;
  const answer = await whenReady(
    (leftMs) => {
      // Waiting for one that sleeps is nobody's work.
      askedAt = performance.now();
      return endpoints.invoke({
        ...{ endpoint, contentType: 'application/json', accept: 'application/json' },
        ...(component !== undefined && { inferenceComponent: component }),
        body: JSON.stringify({ ...body, model: servedName }),
        // Vectors of a text are the same each time, and cheap.
        repeatable: true,
        timeoutMs: leftMs,
      });
    },
    { limitMs },
  );
  const endpointMs = Math.round((performance.now() - askedAt) * 1000) / 1000;
  const content = contentOf(answer.body);
  const { data, usage } = content;
  if (!Array.isArray(data)) throw noVectors();
  return {
    status: 200,
    text: JSON.stringify({ ...content, model }),
    fields: {
      ...{ model, rows: data.length, endpoint_ms: endpointMs },
      ...(isRecord(usage) && { input_tokens: usage.prompt_tokens }),
    },
  };
}

function contentOf(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const content = parseJson(new TextDecoder().decode(body));
    if (isRecord(content)) return content;
  } catch (error) {
    if (!isOnrampError(error)) throw error;
  }
  throw noVectors();
}

const noVectors = (): OnrampError =>
  upstream('The answer of the model\'s container cannot be read: it has no "data".', {
    code: 'endpoint_failed',
  });

const refuse = (message: string, code: string): OnrampError =>
  invalidInput(message, { code, param: 'model' });

const otherDialect = (model: string): OnrampError =>
  refuse(
    `The container of "${model}" does not speak OpenAI's dialect; ask it by POST /v1/models/${model}/predict.`,
    'no_embedding_model',
  );

const queued = (model: string): OnrampError =>
  refuse(
    `"${model}" works off a queue; POST /v1/models/${model}/predict with "Prefer: respond-async".`,
    'model_is_queued',
  );
