/** Asks an endpoint through its queue and waits for the answer, as if there were none; nothing is left behind. */
import type { EndpointModel } from '../../contracts/endpoint-models.ts';
import { artifactKeys } from '../../contracts/keys.ts';
import { notReady } from '../../core/index.ts';
import type { EndpointAnswer, EndpointBodyCall } from '../../endpoint/index.ts';
import { handOver, type QueueContext } from './hand-over.ts';
import { waitForOutcome } from './outcome.ts';

/** One that scales from zero takes minutes; API Gateway's stream ends after 15. */
const defaultLimitMs = 840_000;

/**
 * The answer, when it is there.
 *
 * @param call its `timeoutMs` says how long it is waited for; when that is over, or `signal` is aborted, the input is
 *   removed, so that a request that still waits in the queue costs no work
 * @throws not_ready `endpoint_not_ready` when the time is over; otherwise as `Endpoints.invoke` does
 */
export async function askThroughQueue(
  context: QueueContext,
  model: Pick<EndpointModel, 'endpoint'>,
  call: EndpointBodyCall,
): Promise<EndpointAnswer> {
  const { artifacts, newId } = context;
  const { contentType, accept, customAttributes, body, timeoutMs: limitMs = defaultLimitMs, signal } = call;
  const inferenceId = newId();
  const inputKey = artifactKeys.endpointInput(model.endpoint, inferenceId);
  await artifacts.put(inputKey, body, { contentType });
  let outcomeKeys: readonly (string | null)[] = [];
  try {
    const ticket = await handOver(
      context,
      {
        name: model.endpoint,
        content_type: contentType,
        accept,
        custom_attributes: customAttributes,
        inputKey,
        inferenceId,
      },
      signal,
    );
    const outcome = await waitForOutcome(context, { ticket, endpoint: model.endpoint }, { limitMs, signal });
    if (!outcome) throw stillWaiting(limitMs);
    outcomeKeys = [ticket.answer, ticket.failure];
    if ('failure' in outcome) throw outcome.failure;
    const answer = await artifacts.get(outcome.answer.key);
    if (!answer) throw stillWaiting(limitMs);
    return { contentType: answer.contentType ?? accept ?? unknownType, body: answer.body, attempts: 1 };
  } finally {
    // What cannot be removed is removed by its age; the answer must not be lost for it.
    await Promise.allSettled([inputKey, ...outcomeKeys].map((key) => key !== null && artifacts.delete(key)));
  }
}

const unknownType = 'application/octet-stream';

const stillWaiting = (limitMs: number): Error =>
  notReady(
    `The model works off a queue and gave no answer within ${Math.round(limitMs / 1000)} s; it may be starting. Send the request again, or with "Prefer: respond-async" to fetch the answer later.`,
    { code: 'endpoint_not_ready', retryAfterSeconds: 30 },
  );
