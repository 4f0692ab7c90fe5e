/** Generates by a language model behind an endpoint, at once or in a stream, in OpenAI's dialect. */
import { prefersAsync } from '../contracts/prefer.ts';
import { answerInStream } from './answer-in-stream.ts';
import { findLanguageModel } from './find-model.ts';
import { beginGeneration, callOf, type Generation, readWhole, timeHeader } from './generation.ts';
import type { GenerateAnswer, GenerateContext, GenerateForm, GenerateRequest } from './types.ts';
import { estimateSaid, readUsage } from './usage.ts';

/** Answers one route. */
export type GenerateOperation = (
  context: GenerateContext,
  request: GenerateRequest,
) => Promise<GenerateAnswer>;

/** The operation of one of the two forms. */
export function createGeneration(form: GenerateForm): GenerateOperation {
  return async (context, request) => {
    const model = await findLanguageModel(context, request, form);
    const generation = beginGeneration({ context, request, form, model });
    if (context.queue && model.kind === 'async' && prefersAsync(request.header('prefer'))) {
      return context.queue.accept(model, callOf(generation, false), request);
    }
    return request.body.stream === true ? answerInStream(generation) : answerWhole(generation);
  };
}

async function answerWhole(generation: Generation): Promise<GenerateAnswer> {
  const { form, meter, request } = generation;
  const { model, ...head } = generation.head;
  try {
    const content = await readWhole(generation);
    const usage = readUsage(content.usage);
    if (usage) meter.say(usage);
    else meter.see(estimateSaid(content.choices));
    const whole = { ...head, object: form.wholeObject, ...content, model };
    return { status: 200, text: JSON.stringify(whole), headers: timeHeader(generation) };
  } finally {
    request.annotate(meter.fields());
  }
}
