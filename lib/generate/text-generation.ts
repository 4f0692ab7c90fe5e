/** Asks containers of Hugging Face's text generation (`{"inputs", "parameters"}`) for what OpenAI's dialect asks. */
import { invalidInput, isRecord } from '../core/index.ts';
import type { Container } from './container.ts';
import { noAnswer } from './container-errors.ts';
import type { Fields, GenerateBody } from './types.ts';

/**
 * The container of one request for a completion, as text-generation-inference documents it and LMI follows it.
 *
 * @throws invalid_request `unsupported_field` for what such a container cannot be asked
 */
export function createTextGeneration(body: GenerateBody): Container {
  const asked = { inputs: promptOf(body), parameters: parametersOf(body) };
  const stops = stopsOf(body);
  const withoutStop = createStopCutter(stops);
  return {
    bodyFor: (stream) => ({ ...asked, ...(stream && { stream }) }),
    readWhole: ({ generated_text: text, details }) => {
      if (typeof text !== 'string') throw noAnswer('it has no "generated_text"');
      return {
        choices: [{ index: 0, text: cutStop(text, stops), logprobs: null, finish_reason: reasonOf(details) }],
        ...usageOf(details),
      };
    },
    readEvent: ({ token, generated_text: text, details }) => {
      if (!isRecord(token)) throw noAnswer('an event has no "token"');
      const isLast = typeof text === 'string';
      const said = withoutStop(token.special === true ? '' : String(token.text ?? ''), isLast);
      const choice = { index: 0, text: said, logprobs: null };
      return [
        { choices: [{ ...choice, finish_reason: isLast ? reasonOf(details) : null }], ...usageOf(details) },
      ];
    },
  };
}

/** Fields that would change the answer, for which the container has nothing, and values by which they do not. */
const unsupported: Readonly<Record<string, unknown>> = {
  suffix: '',
  logprobs: null,
  logit_bias: null,
  presence_penalty: 0,
  n: 1,
  best_of: 1,
};

function promptOf({ prompt, echo, stream, ...body }: GenerateBody): string {
  for (const [field, idle] of Object.entries(unsupported)) {
    const value = body[field] ?? idle;
    if (value !== idle) throw cannot(field, 'leave it out');
  }
  if (echo === true && stream === true) throw cannot('echo', 'leave out "stream"');
  const [text, ...others] = Array.isArray(prompt) ? prompt : [prompt];
  if (typeof text !== 'string' || others.length > 0) throw cannot('prompt', 'give one text');
  return text;
}

const cannot = (field: string, wayOut: string): Error =>
  invalidInput(`The container of this model cannot be asked for this "${field}"; ${wayOut}.`, {
    code: 'unsupported_field',
    param: field,
  });

function parametersOf(body: GenerateBody): Fields {
  const { max_tokens, temperature, top_p, seed, frequency_penalty, echo } = body;
  const stop = stopsOf(body);
  return {
    details: true,
    return_full_text: echo === true,
    ...(isNumber(max_tokens) && { max_new_tokens: max_tokens }),
    // The container takes neither 0, which is no sampling, nor a top_p of 1, which is no restriction.
    ...(isNumber(temperature) && (temperature > 0 ? { do_sample: true, temperature } : { do_sample: false })),
    ...(isNumber(top_p) && top_p < 1 && { top_p }),
    ...(isNumber(seed) && { seed }),
    ...(isNumber(frequency_penalty) && { frequency_penalty }),
    ...(stop.length > 0 && { stop }),
  };
}

const isNumber = (value: unknown): value is number => typeof value === 'number';

const stopsOf = ({ stop }: GenerateBody): readonly string[] =>
  (Array.isArray(stop) ? stop : [stop]).filter((text) => typeof text === 'string' && text !== '');

const reasonOf = (details: unknown): string =>
  isRecord(details) && details.finish_reason === 'length' ? 'length' : 'stop';

/** Tokens of the answer alone are not told to clients, as if there had been no prompt. */
function usageOf(details: unknown): Fields {
  if (!isRecord(details)) return {};
  const { generated_tokens: output, input_length: input } = details;
  if (!isNumber(output) || !isNumber(input)) return {};
  return { usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output } };
}

/** The container leaves the text that ended it in the answer; OpenAI's dialect does not. */
function cutStop(text: string, stops: readonly string[]): string {
  const stop = stops.find((one) => text.endsWith(one));
  return stop === undefined ? text : text.slice(0, -stop.length);
}

/** Cuts that text off a stream: what may be the beginning of it is held back until it is known. */
function createStopCutter(stops: readonly string[]): (piece: string, isLast: boolean) => string {
  let held = '';
  return (piece, isLast) => {
    const text = held + piece;
    if (isLast) return cutStop(text, stops);
    held = heldBack(text, stops);
    return text.slice(0, text.length - held.length);
  };
}

/** The longest end of a text that begins one of the stops, or is one. */
function heldBack(text: string, stops: readonly string[]): string {
  const longest = Math.max(0, ...stops.map((stop) => stop.length));
  for (let length = Math.min(longest, text.length); length > 0; length -= 1) {
    const end = text.slice(-length);
    if (stops.some((stop) => stop.startsWith(end))) return end;
  }
  return '';
}
