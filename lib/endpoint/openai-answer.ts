/** What a container that speaks OpenAI's dialect answers, as far as the API says it in words of its own or counts it. */
import { isOnrampError, isRecord, type OnrampError, parseJson, upstream } from '../core/index.ts';

/** Vectors of texts under the name that their model has in the API. */
export interface VectorsAnswer {
  /** JSON. */
  readonly text: string;
  readonly rows: number;
  /** As the container counted them; absent if it did not. */
  readonly inputTokens?: unknown;
}

/** @throws upstream `endpoint_failed` for an answer that holds no vectors */
export function readVectors(body: Uint8Array, model: string): VectorsAnswer {
  const content = contentOf(body);
  if (!content || !Array.isArray(content.data)) throw noVectors();
  const { data, usage } = content;
  return {
    text: JSON.stringify({ ...content, model }),
    rows: data.length,
    ...(isRecord(usage) && { inputTokens: usage.prompt_tokens }),
  };
}

/** What an answer says of itself. */
export type AnswerCounts = {
  readonly rows?: number;
  readonly input_tokens?: unknown;
  readonly output_tokens?: unknown;
};

/**
 * Rows and tokens of an answer in any of the usual dialects, by the names of log lines: tokens in OpenAI's `usage`, rows
 * as the length of a list of `predictions` (TensorFlow Serving, MLflow, Onramp) or `data` (OpenAI's vectors). Nothing of
 * what it does not say.
 */
export function readCounts(body: Uint8Array): AnswerCounts {
  const { predictions, data, usage }: Readonly<Record<string, unknown>> = contentOf(body) ?? {};
  const list = [predictions, data].find(Array.isArray);
  return {
    ...(list && { rows: list.length }),
    ...(isRecord(usage) && { input_tokens: usage.prompt_tokens, output_tokens: usage.completion_tokens }),
  };
}

function contentOf(body: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const content = parseJson(new TextDecoder().decode(body));
    return isRecord(content) ? content : null;
  } catch (error) {
    if (isOnrampError(error)) return null;
    throw error;
  }
}

const noVectors = (): OnrampError =>
  upstream('The answer of the model\'s container cannot be read: it has no "data".', {
    code: 'endpoint_failed',
  });
