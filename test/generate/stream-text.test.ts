import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createChunkRules } from '../../lib/generate/chunk-rules.ts';
import { learnTemplate } from '../../lib/generate/chunk-template.ts';
import { containerFor } from '../../lib/generate/container.ts';
import type { Generation } from '../../lib/generate/generation.ts';
import { createStreamText } from '../../lib/generate/stream-text.ts';
import { chatForm, type Fields, type GenerateForm, textForm } from '../../lib/generate/types.ts';
import { createMeter } from '../../lib/generate/usage.ts';
import { eventOf } from '../../lib/generate/write-events.ts';
import { endpointModel } from './support.ts';

const head = { id: 'chatcmpl-1', created: 5, model: 'assistant' };
const encoder = new TextEncoder();

function begin(form: GenerateForm, options: Fields) {
  const body = { model: 'assistant', stream: true, stream_options: options };
  const meter = createMeter(body, null);
  const container = containerFor(endpointModel(), body, form);
  return { form, head, meter, container, body, request: { body } } as unknown as Generation & {
    readonly body: typeof body;
  };
}

/** What goes out, and what is counted, when chunks are written by the example of others where that is possible. */
function written(form: GenerateForm, options: Fields, jsons: readonly string[]) {
  const generation = begin(form, options);
  const text = createStreamText(generation);
  const events = jsons.map((json) => text.take(encoder.encode(`data: ${json}\n\n`)).text);
  return { events, counted: generation.meter.fields() };
}

/** The same, when each chunk is held to the rules. */
function ruled(form: GenerateForm, options: Fields, jsons: readonly string[]) {
  const generation = begin(form, options);
  const rules = createChunkRules(generation);
  const events = jsons.map((json) => {
    const shown = rules.apply(JSON.parse(json));
    return shown ? eventOf(shown) : '';
  });
  return { events, counted: generation.meter.fields() };
}

/** Words as models say them: plain ones mostly, and what JSON escapes, or what stands elsewhere in a chunk. */
const words = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(' the', 'a', ' content', ' chunk', 'assistant', 'long words '.repeat(6)),
  },
  fc.constantFrom('', '"', '\\', '\n', ':', '":"', '{"a":1}', 'stop', 'the words of the example', '[DONE]'),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
);
const usage = fc.constantFrom(undefined, null, { prompt_tokens: 3, completion_tokens: 1 });
const chunk = (form: GenerateForm): fc.Arbitrary<Fields> =>
  fc
    .record({
      said: words,
      field: fc.constantFrom('content', 'content', 'content', 'reasoning_content', 'refusal', 'type', 'role'),
      more: fc.constantFrom(
        {},
        {},
        {},
        { role: 'assistant' },
        { tool_calls: [] },
        { refusal: null },
        { audio: 'x' },
      ),
      index: fc.constantFrom(0, 0, 0, 0, 1),
      reason: fc.constantFrom(null, null, null, '', 'stop'),
      logprobs: fc.constantFrom(null, null, { content: [{ token: 'a', logprob: -0.5 }] }),
      usage,
      id: fc.constantFrom('cmpl-7', 'cmpl-7', 'other'),
    })
    .map(({ said, field, more, index, reason, logprobs, usage, id }) => {
      const content = form.name === 'chat' ? { delta: { ...more, [field]: said } } : { text: said };
      const choice = { index, ...content, logprobs, finish_reason: reason };
      return {
        id,
        object: 'chunk',
        created: 7,
        model: 'm',
        choices: [choice],
        ...(usage !== undefined && { usage }),
      };
    });

/** As different writers of JSON write the same: densely, with spaces, and in ASCII alone. */
const writers = [
  (value: unknown): string => JSON.stringify(value),
  (value: unknown): string => JSON.stringify(value, null, 1).replaceAll(/\n */g, ' '),
  (value: unknown): string =>
    JSON.stringify(value).replaceAll(
      /[^ -~]|the/g,
      (text) => `\\u${text.charCodeAt(0).toString(16).padStart(4, '0')}${text.slice(1)}`,
    ),
];

describe('chunks that are written by the example of others', () => {
  it.each([
    ['of a conversation', chatForm],
    ['of a text', textForm],
  ])('%s are those that the rules make, and count as much', (_, form) => {
    const streams = fc.array(chunk(form), { minLength: 2, maxLength: 12 });
    const options = fc.record({ include_usage: fc.boolean(), continuous_usage_stats: fc.boolean() });

    fc.assert(
      fc.property(streams, options, fc.constantFrom(...writers), (chunks, asked, write) => {
        const jsons = chunks.map(write);

        expect(written(form, asked, jsons)).toEqual(ruled(form, asked, jsons));
      }),
      { numRuns: 500, seed: 7 },
    );
  });

  const like = (content: string) =>
    `{"id":"a","choices":[{"index":0,"delta":{"content":${content}},"finish_reason":null}],"usage":null}`;
  const shown = { id: 'a', choices: [{ index: 0, delta: { content: 'Hel' }, finish_reason: null }] };

  it('are those that differ from it in their words alone', () => {
    const template = learnTemplate(like('"Hel"'), JSON.parse(like('"Hel"')), shown);

    const others = [
      like('"lo"'),
      like('" \u00e9"'),
      like('"a\\n"'),
      like('""'),
      like('null'),
      `${like('"lo"')} `,
    ];
    expect(others.map((json) => template?.wordsOf(json))).toEqual(['lo', ' \u00e9', null, null, null, null]);
    expect(template?.write('lo')).toBe(
      'data: {"id":"a","choices":[{"index":0,"delta":{"content":"lo"},"finish_reason":null}]}\n\n',
    );
  });

  it.each([
    ['whose words stand twice in it', `{"x":"Hel",${like('"Hel"').slice(1)}`],
    [
      'whose words only look like standing once, since they are written with escapes',
      `{"x":"Hel",${like('"H\\u0065l"').slice(1)}`,
    ],
    [
      'that counts tokens',
      like('"Hel"').replace('"usage":null', '"usage":{"prompt_tokens":1,"completion_tokens":1}'),
    ],
  ])('are not learned from one %s', (_, json) => {
    expect(learnTemplate(json, JSON.parse(json), shown)).toBeNull();
  });
});
