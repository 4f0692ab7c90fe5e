import { describe, expect, it } from 'vitest';
import {
  type AnswerReader,
  createCallReader,
  createJsonReader,
  createTextReader,
} from '../../../../infra/local/llama/readers.ts';
import { createDetokenizer } from '../../../../infra/local/llama/text-pieces.ts';

/** Everything that a reader makes of these pieces, until it has enough. */
function readAll(reader: AnswerReader, pieces: readonly string[]) {
  const texts: string[] = [];
  const calls: unknown[] = [];
  const held: boolean[] = [];
  let isDone = false;
  for (const piece of pieces) {
    held.push(reader.grammar() !== undefined);
    const reading = reader.push(piece);
    texts.push(reading.text);
    if (reading.call) calls.push(reading.call);
    isDone = reading.isDone;
    if (isDone) break;
  }
  if (!isDone) texts.push(reader.flush());
  return { text: texts.join(''), texts, calls, held, isDone };
}

describe('plain answers', () => {
  it('pass token by token when nothing can stop them', () => {
    const { texts, isDone } = readAll(createTextReader([]), ['One', ' two', ' three']);

    expect(texts).toEqual(['One', ' two', ' three', '']);
    expect(isDone).toBe(false);
  });

  it('end before a stop that comes in pieces, and the earliest of two wins', () => {
    const { text, isDone } = readAll(createTextReader(['END', 'ree']), [
      'One',
      ' th',
      'r',
      'ee E',
      'ND four',
    ]);

    expect(text).toBe('One th');
    expect(isDone).toBe(true);
  });

  it('give back what only looked like a stop', () => {
    const { text, texts, isDone } = readAll(createTextReader(['\n\nUser:']), ['A\n', '\nUse', ' it', '\n']);

    expect(text).toBe('A\n\nUse it\n');
    expect(texts.slice(0, 3)).toEqual(['A', '', '\n\nUse it']);
    expect(isDone).toBe(false);
  });
});

describe('answers in JSON', () => {
  it('are held by the grammar and end with the value, whatever stands in its texts', () => {
    const reader = createJsonReader([], {});

    const { text, held, isDone } = readAll(reader, [
      '{"a": "}',
      '\\"',
      '{"',
      ', "b": [1',
      ', 2]',
      '}\n\n',
      'more',
    ]);

    expect(JSON.parse(text)).toEqual({ a: '}"{', b: [1, 2] });
    expect(isDone).toBe(true);
    expect(held.every(Boolean)).toBe(true);
  });
});

describe('calls of tools', () => {
  const call = (city: string) => ({ name: 'weather', arguments: JSON.stringify({ city }) });
  const options = { stops: [], newState: () => ({}), isForced: false, isParallel: true };

  it('are taken out of the text, and only their JSON is held by the grammar', () => {
    const pieces = [
      'Let me',
      ' see. <tool',
      '_call>',
      '{"name": "weather", ',
      '"arguments": {"city": "Rome"}',
      '}',
      '\n</tool_call>',
      '\n',
    ];

    const { text, calls, held } = readAll(createCallReader(options), pieces);

    expect(text).toBe('Let me see. ');
    expect(calls).toEqual([call('Rome')]);
    expect(held).toEqual([false, false, false, true, true, true, false, false]);
  });

  it('can be several, and what is said after the last of them ends the answer', () => {
    const one = ['<tool_call>', '{"name":"weather","arguments":{"city":"Rome"}}', '</tool', '_call>\n'];
    const two = ['<tool', '_call>\n', '{"name":"weather","arguments":{"city":"Oslo"}}', '</tool_call>'];

    const { text, calls, isDone } = readAll(createCallReader(options), [
      ...one,
      ...two,
      ' I will now',
      ' babble',
    ]);

    expect(calls).toEqual([call('Rome'), call('Oslo')]);
    expect(text).toBe('');
    expect(isDone).toBe(true);
  });

  it('are one where parallel calls are not wanted', () => {
    const pieces = ['\n', '<tool_call>', '{"name":"weather","arguments":{"city":"Rome"}}', '<tool_call>'];

    const { text, calls, isDone } = readAll(createCallReader({ ...options, isParallel: false }), pieces);

    expect(calls).toEqual([call('Rome')]);
    expect(text).toBe('');
    expect(isDone).toBe(true);
  });

  it('begin at once where the opening stands in the prompt', () => {
    const reader = createCallReader({ ...options, isForced: true });

    const { calls, held } = readAll(reader, [
      '{"name":"weather",',
      '"arguments":{"city":"Rome"}}',
      '</tool_call>',
    ]);

    expect(calls).toEqual([call('Rome')]);
    expect(held).toEqual([true, true]);
  });

  it('do not repeat what the token of the opening holds beyond it', () => {
    const { calls } = readAll(createCallReader(options), [
      '<tool_call>{"',
      '{"name":"weather","arguments":{"city":"Rome"}}',
    ]);

    expect(calls).toEqual([call('Rome')]);
  });

  it('leave an answer without calls as it is, with its stops', () => {
    const reader = createCallReader({ ...options, stops: ['.'] });

    const { text, isDone } = readAll(reader, ['It is <b>', 'warm', '. Very']);

    expect(text).toBe('It is <b>warm');
    expect(isDone).toBe(true);
  });
});

it('a character in several tokens is sent when it is whole', () => {
  const bytes = [...Buffer.from('a😀')];
  const textOf = createDetokenizer(
    { detokenize: (tokens) => Buffer.from(tokens.map((token) => bytes[token]!)).toString() },
    [],
  );

  const texts = bytes.map((_, token) => textOf(token));

  expect(texts).toEqual(['a', '', '', '', '😀']);
});
