/** Hands a request for vectors to a container that speaks OpenAI's dialect itself. */
import type { EndpointModel } from '../../contracts/endpoint-models.ts';
import { gatewayLimits } from '../../contracts/gateway.ts';
import { invalidInput, type OnrampError } from '../../core/index.ts';
import { type Endpoints, readVectors, whenReady } from '../../endpoint/index.ts';
import type { ServeAnswer } from '../service.ts';

/** The function and API Gateway in front of it wait no longer; a refusal has to be written within that time. */
const limitMs = gatewayLimits.timeoutMs - 2_000;

/**
 * The container's own answer under the model's name in the API; vectors go through as they are, in either format. A
 * model that sleeps is waited for.
 *
 * @throws invalid_request `no_embedding_model` for a model that speaks otherwise; upstream `endpoint_failed` for an answer
 *   that holds no vectors; and what `invoke` throws
 */
export async function embedByEndpoint(
  endpoints: Endpoints,
  { model, endpoint, kind, speaks, component, servedName = model }: EndpointModel,
  body: Readonly<Record<string, unknown>>,
): Promise<ServeAnswer> {
  if (speaks !== 'openai') throw otherDialect(model);
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
  const { text, rows, inputTokens } = readVectors(answer.body, model);
  return {
    status: 200,
    text,
    fields: {
      ...{ model, rows },
      // Nobody knows how long the container worked, since a queue stands before it.
      ...(kind !== 'async' && { endpoint_ms: endpointMs }),
      ...(inputTokens !== undefined && { input_tokens: inputTokens }),
    },
  };
}

const otherDialect = (model: string): OnrampError =>
  invalidInput(
    `The container of "${model}" does not speak OpenAI's dialect; ask it by POST /v1/models/${model}/predict.`,
    { code: 'no_embedding_model', param: 'model' },
  );
