import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AskOptions, ask, eventsOf, sse, startMs, textRoute } from './support.ts';

// As text-generation-inference documents its answers.
const options: AskOptions = { route: textRoute, model: { speaks: 'huggingface' } };
const details = { finish_reason: 'length', generated_tokens: 3, seed: 7 };
const whole = { generated_text: ' upon a time', details: { ...details, prefill: [], tokens: [] } };
const asked = (more: object = {}) => ({ model: 'assistant', prompt: 'Once', ...more });

/** An event of a stream: a token, and with the last one the whole text. */
const token = (text: string, more: object = {}) => ({
  index: 1,
  token: { id: 5, text, logprob: -0.5, special: false },
  generated_text: null,
  details: null,
  ...more,
});

describe('a completion by a container of Hugging Face', () => {
  it('is asked in its own fields', async () => {
    const more = { max_tokens: 3, temperature: 0.5, top_p: 0.9, seed: 7, stop: 'end', frequency_penalty: 1 };

    const { sent } = await ask(() => JSON.stringify(whole), asked(more), options);

    expect(sent).toEqual({
      inputs: 'Once',
      parameters: {
        ...{ details: true, return_full_text: false, max_new_tokens: 3 },
        ...{ do_sample: true, temperature: 0.5, top_p: 0.9, seed: 7, frequency_penalty: 1, stop: ['end'] },
      },
    });
  });

  it('leaves out what would be refused there but changes nothing here', async () => {
    const idle = { temperature: 0, top_p: 1, n: 1, presence_penalty: 0, best_of: 1, suffix: null, stop: [] };

    const { sent } = await ask(() => JSON.stringify(whole), asked({ ...idle, echo: true }), options);

    expect(sent?.parameters).toEqual({ details: true, return_full_text: true, do_sample: false });
  });

  it.each([
    ['an object', whole],
    ['a list of one', [whole]],
  ])('is answered in OpenAI’s from %s', async (_, answer) => {
    const { text, log } = await ask(() => JSON.stringify(answer), asked(), options);

    expect(JSON.parse(text)).toEqual({
      ...{ id: 'cmpl-request-1', object: 'text_completion', created: startMs / 1000, model: 'assistant' },
      choices: [{ index: 0, text: ' upon a time', logprobs: null, finish_reason: 'length' }],
    });
    expect(log).toMatchObject({ input_tokens: 1, usage_estimated: true });
  });

  it.each(['eos_token', 'stop_sequence'])('finishes with "stop" at %s', async (reason) => {
    const answer = { generated_text: 'a', details: { ...details, finish_reason: reason } };

    const { text } = await ask(() => JSON.stringify(answer), asked(), options);

    expect(JSON.parse(text).choices[0].finish_reason).toBe('stop');
  });

  it('is streamed as chunks, without special tokens, with the tokens if the container tells both', async () => {
    const end = {
      generated_text: ' upon a',
      details: { ...details, finish_reason: 'eos_token', input_length: 2 },
    };
    const last = { ...token('</s>', end), token: { id: 2, text: '</s>', logprob: 0, special: true } };
    const events = [token(' upon'), token(' a'), last].map((event) => `data:${JSON.stringify(event)}\n\n`);
    const more = { stream: true, stream_options: { include_usage: true } };

    const seen = await ask(() => events, asked(more), options);

    const chunks = eventsOf(seen.text) as { choices: { text: string; finish_reason: string | null }[] }[];
    expect(chunks.slice(0, 3).map(({ choices }) => [choices[0]!.text, choices[0]!.finish_reason])).toEqual([
      [' upon', null],
      [' a', null],
      ['', 'stop'],
    ]);
    expect(chunks.slice(3)).toEqual([
      expect.objectContaining({
        choices: [],
        usage: { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 },
      }),
      'data: [DONE]',
    ]);
    expect(seen.sent).toMatchObject({ stream: true });
    expect(seen.log).toMatchObject({ input_tokens: 2, output_tokens: 3 });
  });

  it('expected failure: the error in a stream is told in band', async () => {
    const error = { error: 'Request failed during generation: CUDA', error_type: 'generation' };

    const seen = await ask(() => [sse(token('a'), error)], asked({ stream: true }), options);

    const message = "The model's container failed: Request failed during generation: CUDA";
    expect(eventsOf(seen.text).at(-1)).toMatchObject({ error: { type: 'upstream', message } });
  });

  it.each([
    ['several texts', { prompt: ['a', 'b'] }, 'prompt'],
    ['tokens', { prompt: [1, 2] }, 'prompt'],
    ['several answers', { n: 2 }, 'n'],
    ['probabilities', { logprobs: 0 }, 'logprobs'],
    ['a text behind', { suffix: 'end' }, 'suffix'],
    ['a penalty it does not know', { presence_penalty: 1 }, 'presence_penalty'],
    ['the prompt in a stream', { echo: true, stream: true }, 'echo'],
  ])('bad call: %s', async (_, more, param) => {
    const { status, text, sent } = await ask(() => '', asked(more), options);

    expect(status).toBe(400);
    expect(JSON.parse(text).error).toMatchObject({ code: 'unsupported_field', param });
    expect(sent).toBeNull();
  });

  it('bad call: a conversation, which such a container does not know', async () => {
    const body = { model: 'assistant', messages: [{ role: 'user', content: 'Hello' }] };

    const { status, text } = await ask(() => '', body, { model: { speaks: 'huggingface' } });

    expect(status).toBe(400);
    expect(JSON.parse(text).error).toMatchObject({ code: 'no_chat_template', param: 'model' });
    expect(JSON.parse(text).error.message).toContain('POST /v1/completions');
  });
});

describe('a text that ends the answer', () => {
  it('is not part of it, whole or in pieces, however those are cut', async () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
    const stop = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 });

    await fc.assert(
      fc.asyncProperty(letters, stop, fc.array(fc.nat(12)), async (said, stop, cuts) => {
        // The container ends where the text first occurs, and leaves it in.
        const at = `${said}${stop}`.indexOf(stop);
        const full = `${said}${stop}`.slice(0, at + stop.length);
        const ends = [...cuts.filter((cut) => cut < full.length), full.length].sort((a, b) => a - b);
        const end = { generated_text: full, details: { ...details, finish_reason: 'stop_sequence' } };
        const events = ends.map((cut, index) =>
          token(full.slice(ends[index - 1] ?? 0, cut), index === ends.length - 1 ? end : {}),
        );

        const whole = await ask(() => JSON.stringify(end), asked({ stop }), options);
        const streamed = await ask(() => [sse(...events)], asked({ stop, stream: true }), options);

        const pieces = eventsOf(streamed.text).slice(0, -1) as { choices: { text: string }[] }[];
        expect(JSON.parse(whole.text).choices[0].text).toBe(full.slice(0, at));
        expect(pieces.map(({ choices }) => choices[0]!.text).join('')).toBe(full.slice(0, at));
      }),
    );
  });
});
