/** Golden requests in the dialect of OpenAI's API for language models. */

import { expect } from 'vitest';
import type { ObjectStore } from '../../../../lib/storage/index.ts';
import { type Behaviour, sse } from '../../../generate/support.ts';
import { bucketOf, heart } from '../../../serve/models.ts';
import type { GoldenRequest } from '../oip/golden.ts';

/** A model that predicts from rows, beside the language model. */
export const openaiModels = (): Promise<ObjectStore> => bucketOf({ 'heart/1': heart() });

const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 };
const head = { id: 'chatcmpl-1', created: 1_795_344_000, model: '/opt/ml/model' };
const message = { role: 'assistant', content: 'Hello!' };
const whole = {
  ...head,
  object: 'chat.completion',
  choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }],
  usage,
};
const continued = {
  ...head,
  object: 'text_completion',
  choices: [{ index: 0, text: ' upon a', logprobs: null, finish_reason: 'length' }],
  usage,
};
const chunk = { ...head, object: 'chat.completion.chunk' };
const chunks = [
  { ...chunk, choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] },
  { ...chunk, choices: [{ index: 0, delta: { content: 'Hello!' }, finish_reason: null }] },
  { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
];
const usageChunk = { ...chunk, choices: [], usage };

/** The container behind the endpoint, which calls its model by the folder that it lies in. */
export const languageModel: Behaviour = ({ stream, prompt }) =>
  stream ? [sse(...chunks, usageChunk, '[DONE]')] : JSON.stringify(prompt === undefined ? whole : continued);

const model = 'assistant';
const path = '/v1/chat/completions';
const body = { model, messages: [{ role: 'user', content: 'Say hello.' }] };
const events = { 'content-type': 'text/event-stream; charset=utf-8' };
const shown = (one: object): object => ({ ...one, model });

export const openaiRequests: readonly (readonly [string, readonly GoldenRequest[]])[] = [
  [
    'answers',
    [
      {
        rule: 'a chat is answered under the name that the model has in the API',
        ...{ path, body, json: shown(whole) },
        answerHeaders: { 'openai-processing-ms': expect.stringMatching(/^\d+$/) },
      },
      {
        rule: 'a text is continued',
        path: '/v1/completions',
        body: { model, prompt: 'Once' },
        json: shown(continued),
      },
      {
        rule: 'a stream says no tokens to those who did not ask',
        ...{ path, body: { ...body, stream: true } },
        text: sse(...chunks.map(shown), '[DONE]'),
        answerHeaders: events,
      },
      {
        rule: 'a stream says the tokens at its end to those who asked',
        ...{ path, body: { ...body, stream: true, stream_options: { include_usage: true } } },
        text: sse(...chunks.map((one) => ({ ...shown(one), usage: null })), shown(usageChunk), '[DONE]'),
        answerHeaders: events,
      },
    ],
  ],
  [
    'refusals',
    [
      { rule: 'without a key', path, body, withoutKey: true, status: 401, error: /x-api-key/ },
      {
        rule: 'a model that does not exist',
        ...{ path, body: { ...body, model: 'gpt-4o' }, status: 404, error: /"gpt-4o" does not exist/ },
      },
      {
        rule: 'a model that predicts from rows',
        ...{
          path,
          body: { ...body, model: 'heart' },
          status: 400,
          error: /POST \/v1\/models\/heart\/predict/,
        },
      },
      {
        rule: 'a value out of bounds',
        ...{ path, body: { ...body, temperature: 9 }, status: 400, error: /^"temperature" is not right/ },
      },
      {
        rule: 'a stream of what is refused',
        path,
        body: { ...body, stream: true, n: 0 },
        status: 400,
        error: /"n"/,
      },
      { rule: 'what is no JSON', path, body: '{"model"', status: 400, error: /not valid JSON/ },
      {
        rule: 'a body that is declared as something else',
        ...{ path, body: 'model=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
        ...{ status: 415, error: /application\/json/ },
      },
    ],
  ],
];
