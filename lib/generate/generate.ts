/** Generates by a language model behind an endpoint, at once or in a stream, in OpenAI's dialect. */
import { prefersAsync } from '../contracts/prefer.ts';
import { answerInStream } from './answer-in-stream.ts';
import { answerWhole } from './answer-whole.ts';
import { findLanguageModel } from './find-model.ts';
import { beginGeneration, callOf, type Generation } from './generation.ts';
import type { GenerateAnswer, GenerateContext, GenerateForm, GenerateRequest } from './types.ts';

/** Answers one route. */
export type GenerateOperation = (
  context: GenerateContext,
  request: GenerateRequest,
) => Promise<GenerateAnswer>;

/** Whoever leaves before the answer begins has had the container work: the line of the request is written at once. */
function countLeaving({ request, meter }: Generation): void {
  request.signal.addEventListener('abort', () => request.annotate(meter.fields()), { once: true });
}

/** The operation of one of the two forms. */
export function createGeneration(form: GenerateForm): GenerateOperation {
  return async (context, request) => {
    const model = await findLanguageModel(context, request, form);
    const generation = beginGeneration({ context, request, form, model });
    if (context.queue && prefersAsync(request.header('prefer'))) {
      return context.queue.accept(model, callOf(generation, false), request);
    }
    countLeaving(generation);
    return request.body.stream === true ? answerInStream(generation) : answerWhole(generation);
  };
}
