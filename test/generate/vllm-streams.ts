/** Streams in the shapes in which vLLM sends them. */
import { sse } from './support.ts';

const head = {
  id: 'chatcmpl-9f2c',
  object: 'chat.completion.chunk',
  created: 1_795_344_000,
  model: '/opt/ml/model',
};
const usage = { prompt_tokens: 31, total_tokens: 40, completion_tokens: 9 };

const chunk = (delta: object, more: object = {}) => ({
  ...head,
  choices: [{ index: 0, delta, logprobs: null, finish_reason: null, ...more }],
});
const start = chunk({ role: 'assistant', content: '' });
const usageChunk = { ...head, choices: [], usage };

/** A text of two tokens. */
export const text = [
  start,
  chunk({ content: 'Hel' }),
  chunk({ content: 'lo' }),
  chunk({ content: '' }, { finish_reason: 'stop', stop_reason: null }),
  usageChunk,
];

const call = (more: object) => chunk({ tool_calls: [{ index: 0, ...more }] });

/** A tool that is called: its id and name first, then its arguments piece by piece. */
export const toolCall = [
  start,
  call({ id: 'chatcmpl-tool-1', type: 'function', function: { name: 'weather' } }),
  call({ function: { arguments: '{"place": "' } }),
  call({ function: { arguments: 'Bern"}' } }),
  chunk({ content: '' }, { finish_reason: 'tool_calls', stop_reason: null }),
  usageChunk,
];

/** What a model thinks before it speaks is in a field that OpenAI does not have. */
export const reasoning = [
  start,
  chunk({ reasoning_content: 'The user greets.' }),
  chunk({ content: 'Hello' }, { finish_reason: 'stop' }),
  usageChunk,
];

const logprob = (token: string) => ({
  token,
  logprob: -0.25,
  bytes: [...Buffer.from(token)],
  top_logprobs: [{ token, logprob: -0.25, bytes: [...Buffer.from(token)] }],
});

/** Every token with its probability. */
export const logprobs = [
  start,
  chunk({ content: 'Hel' }, { logprobs: { content: [logprob('Hel')] } }),
  chunk({ content: 'lo' }, { logprobs: { content: [logprob('lo')] }, finish_reason: 'length' }),
  usageChunk,
];

/** Two answers at a time. */
export const twoAnswers = [
  start,
  { ...start, choices: [{ ...start.choices[0], index: 1 }] },
  ...['a', 'b'].map((content, index) => ({
    ...head,
    choices: [{ index, delta: { content }, finish_reason: null }],
  })),
  ...['stop', 'length'].map((reason, index) => ({
    ...head,
    choices: [{ index, delta: {}, finish_reason: reason }],
  })),
  usageChunk,
];

/** A stream as a container sends it. */
export const stream = (chunks: readonly object[]): string => sse(...chunks, '[DONE]');
