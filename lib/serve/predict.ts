/** One prediction request from parsed body to answer text. */
import { encodePredictions } from './encode-predictions.ts';
import type { ModelCache } from './model-cache.ts';

/** A request as the edge hands it over. */
export interface PredictRequest {
  readonly model: string;
  readonly version?: string;
  readonly body: unknown;
  readonly requestId: string;
}

/**
 * Resolves the model, decodes the rows, runs them and encodes the answer.
 *
 * @returns the JSON text of the answer
 * @throws see {@link ModelCache.resolve} and the row decoder
 */
export async function predict(
  cache: ModelCache,
  { model, version, body, requestId }: PredictRequest,
): Promise<string> {
  const { manifest, session, decode } = await cache.resolve(model, version);
  const { feeds, ...decoded } = decode(body);
  const outputs = await session.run(feeds);
  return encodePredictions({ manifest, outputs, ...decoded, requestId });
}
