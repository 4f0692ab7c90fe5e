/** The routes of OpenAI's dialect for language models; `GET /v1/models` is the native one. */
import { jobView } from '../jobs.ts';
import { chatCompletion, chatRequest, completionRequest, textCompletion } from '../openai.ts';
import { laterHeaders } from './parameters.ts';
import { type Route, route } from './route.ts';

/** JSON as a whole, or server-sent events. */
const responseTypes = ['application/json', 'text/event-stream'];

const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 };
const head = { created: 1_795_344_000, model: 'assistant', usage };

export const openaiRoutes: readonly Route[] = [
  route({
    id: 'chat-completions',
    method: 'POST',
    path: '/v1/chat/completions',
    function: 'generate',
    scope: 'predict',
    streams: true,
    summary: 'Continue a conversation by a language model behind an endpoint, at once or piece by piece.',
    request: chatRequest,
    response: chatCompletion,
    responseTypes,
    headers: laterHeaders,
    accepted: jobView,
    example: {
      request: { model: 'assistant', messages: [{ role: 'user', content: 'Say hello.' }], max_tokens: 20 },
      response: {
        id: 'chatcmpl-1',
        object: 'chat.completion',
        ...head,
        choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
      },
    },
  }),
  route({
    id: 'completions',
    method: 'POST',
    path: '/v1/completions',
    function: 'generate',
    scope: 'predict',
    streams: true,
    summary: 'Continue a text by a language model behind an endpoint, at once or piece by piece.',
    request: completionRequest,
    response: textCompletion,
    responseTypes,
    headers: laterHeaders,
    accepted: jobView,
    example: {
      request: { model: 'assistant', prompt: 'Once upon a time', max_tokens: 2 },
      response: {
        id: 'cmpl-1',
        object: 'text_completion',
        ...head,
        choices: [{ index: 0, text: ' there was', finish_reason: 'length' }],
      },
    },
  }),
];
