import { expect, test } from 'vitest';
import { parseEndpointModels } from '../../lib/contracts/endpoint-models.ts';

const chat = { endpoint: 'onramp-dev-chat', kind: 'real-time', speaks: 'openai' };
const parse = (given: unknown) => parseEndpointModels(JSON.stringify(given), 'ONRAMP_ENDPOINTS');

test('models are found by their names, each with the name it was found by', () => {
  const models = parse({ chat: { ...chat, servedName: 'Qwen/Qwen3-8B', usdPerHour: 1.515 } });

  expect(models.get('chat')).toEqual({
    model: 'chat',
    endpoint: 'onramp-dev-chat',
    kind: 'real-time',
    speaks: 'openai',
    servedName: 'Qwen/Qwen3-8B',
    usdPerHour: 1.515,
  });
});

test.each([{ transform: 'heart' }, { transform: 'heart', format: 'csv' }, { tokenizer: 'minilm' }])(
  'what is done with an input first can be %o',
  (input) => {
    expect(parse({ chat: { ...chat, input } }).get('chat')).toMatchObject({ input });
  },
);

test('without a setting there are none', () => {
  expect(parseEndpointModels('', 'ONRAMP_ENDPOINTS').size).toBe(0);
});

test.each([
  ['what is no JSON', '{', 'ONRAMP_ENDPOINTS: is not valid JSON'],
  ['a list', '[]', 'must be a JSON object'],
  ['a name that is none', '{"Chat":{}}', '"Chat" is not the name of a model'],
  ['an entry that is no object', '{"chat":1}', 'model "chat" must be an object'],
  ['no endpoint', { ...chat, endpoint: undefined }, 'model "chat": "endpoint" must be'],
  ['a name no endpoint can have', { ...chat, endpoint: 'a_b' }, 'model "chat": "endpoint" must be'],
  ['a name of 64', { ...chat, endpoint: `a${'-'.repeat(62)}b` }, 'model "chat": "endpoint" must be'],
  ['an unknown kind', { ...chat, kind: 'batch' }, '"kind" must be "real-time" or "serverless" or "async"'],
  ['an unknown protocol', { ...chat, speaks: 'grpc' }, '"speaks" must be "openai" or'],
  ['a name that is no text', { ...chat, servedName: 1 }, '"servedName" must be a text'],
  ['a component that is none', { ...chat, component: '' }, '"component" must be the name of an inference'],
  ['a price below 0', { ...chat, usdPerHour: -1 }, '"usdPerHour" must be a number from 0'],
  ['an input of two kinds', { ...chat, input: { transform: 'a', tokenizer: 'b' } }, '"input" must be'],
  ['an input of no kind', { ...chat, input: { format: 'csv' } }, '"input" must be'],
  ['an input by what is no name', { ...chat, input: { transform: 'A/B' } }, '"input" must be'],
  ['a format that there is not', { ...chat, input: { transform: 'a', format: 'xml' } }, '"input" must be'],
  ['an input with more', { ...chat, input: { tokenizer: 'a', cut: 5 } }, '"input" must be'],
])('bad call: %s is refused by name', (_what, given, words) => {
  const text = typeof given === 'string' ? given : JSON.stringify({ chat: given });

  expect(() => parseEndpointModels(text, 'ONRAMP_ENDPOINTS')).toThrow(words);
});
