/** What a container is to the rest of generation, whatever it speaks. */

import type { EndpointModel } from '../contracts/endpoint-models.ts';
import { isRecord } from '../core/index.ts';
import { chunksOfWhole } from './chunk-rules.ts';
import { noAnswer } from './container-errors.ts';
import { createTextGeneration } from './text-generation.ts';
import type { Fields, GenerateBody, GenerateForm } from './types.ts';

/** Between OpenAI's dialect and that of a container, for one request. */
export interface Container {
  /** The body it is asked with, for an answer as a whole or in a stream. */
  bodyFor(streams: boolean): Fields;
  /** Its answer as a whole, in OpenAI's dialect but for the head. */
  readWhole(content: Fields): Fields;
  /** One event of its stream as chunks of OpenAI's dialect. */
  readEvent(content: Fields): readonly Fields[];
}

/** The container behind a model, as one request sees it. */
export const containerFor = (model: EndpointModel, body: GenerateBody, form: GenerateForm): Container =>
  model.speaks === 'huggingface' ? createTextGeneration(body) : openaiContainer(model, body, form);

/** A container that speaks OpenAI's dialect gets what the client sent, and is asked how many tokens it took. */
function openaiContainer(
  { model, servedName = model }: EndpointModel,
  { stream: _, stream_options: options, ...body }: GenerateBody,
  form: GenerateForm,
): Container {
  return {
    bodyFor: (streams) => ({
      ...body,
      model: servedName,
      ...tokenLimit(body),
      ...(streams && { stream: true, stream_options: { ...options, include_usage: true } }),
    }),
    readWhole: (content) => {
      if (Array.isArray(content.choices)) return content;
      throw noAnswer('it has no "choices"');
    },
    readEvent: (content) => (isWhole(content) ? chunksOfWhole(content, form) : [content]),
  };
}

/** Containers that know the limit by its old name only would not stop at the new one. */
const tokenLimit = ({ max_tokens: old, max_completion_tokens: limit }: Fields): Fields =>
  typeof limit === 'number' && typeof old !== 'number' ? { max_tokens: limit } : {};

/** Some containers answer as a whole though they were asked for a stream. */
const isWhole = ({ choices }: Fields): boolean =>
  Array.isArray(choices) && choices.some((choice) => isRecord(choice) && isRecord(choice.message));
