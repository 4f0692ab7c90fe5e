/** Generates text by large models behind endpoints, in OpenAI's dialect. */
import { createGeneration, type GenerateOperation } from './generate.ts';
import { chatForm, textForm } from './types.ts';

export type { GenerateOperation } from './generate.ts';
export type {
  GenerateAnswer,
  GenerateBody,
  GenerateContext,
  GenerateForm,
  GenerateRequest,
  QueuedCalls,
} from './types.ts';

/** The operations by method and path template. */
export const generateOperations: Readonly<Record<string, GenerateOperation>> = {
  'POST /v1/chat/completions': createGeneration(chatForm),
  'POST /v1/completions': createGeneration(textForm),
};
