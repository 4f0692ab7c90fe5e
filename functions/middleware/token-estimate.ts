/** How many tokens a request may use at most, before anybody has counted them. */
import { isRecord } from '../../lib/core/index.ts';
import type { RequestInProgress } from './http-request.ts';

/** Beside the text of a message stand its role and marks of the template. */
const tokensAround = 16;
/** Of a picture, sound or another file, whose tokens do not go by its bytes. */
const tokensOfFile = 2000;
/** Where the request sets no bound to the answer, which the model's context does then. */
const tokensUnbounded = 4096;

const tokenRoutes: ReadonlySet<string> = new Set([
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/embeddings',
]);

/**
 * Tokens of the input and the answer. No tokenizer makes more tokens of a text than the text has bytes, so that for
 * texts this is a bound; for files, and answers without a bound of their own, it is an estimate.
 */
export function mostTokens({ route, body, bodyBytes }: RequestInProgress): number {
  if (!tokenRoutes.has(route)) return 0;
  if (!isRecord(body) || typeof body.text === 'function') return bodyBytes;
  const { messages, prompt, input, tools, response_format: format, suffix } = body;
  const most = tokensInMessages(messages) + tokensIn([prompt, input, tools, format, suffix]);
  if (route === '/v1/embeddings') return most;
  const { max_completion_tokens: bound, max_tokens: olderBound, n, best_of: tries } = body;
  const answer = countOf(bound) ?? countOf(olderBound) ?? tokensUnbounded;
  return most + answer * promptsIn(prompt) * Math.max(1, countOf(n) ?? 1, countOf(tries) ?? 1);
}

/** Each of several prompts is answered; a list of numbers is one, given as its tokens. */
const promptsIn = (prompt: unknown): number =>
  Array.isArray(prompt) && typeof prompt[0] !== 'number' ? Math.max(1, prompt.length) : 1;

/** Fields of the parts of a message that hold a file or its address: there alone a container takes it for one. */
const fileFields: ReadonlySet<string> = new Set([
  'image_url',
  'input_audio',
  'file',
  'audio_url',
  'video_url',
]);

function tokensInMessages(messages: unknown): number {
  if (!Array.isArray(messages)) return tokensIn(messages);
  return messages.reduce((sum: number, message) => {
    if (!isRecord(message) || !Array.isArray(message.content)) return sum + tokensIn(message);
    const { content, ...rest } = message;
    return sum + tokensIn({ ...rest, content: [] }) + content.reduce(addPart, 0);
  }, 0);
}

function addPart(sum: number, part: unknown): number {
  if (!isRecord(part)) return sum + tokensIn(part);
  return Object.entries(part).reduce(
    (most, [name, one]) => most + name.length + (fileFields.has(name) ? tokensOfFile : tokensIn(one)),
    sum + tokensAround,
  );
}

/** Recursion is bounded: bodies that are nested deep are refused when they are parsed. */
function tokensIn(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  // Prompts and inputs may be tokens already.
  if (typeof value === 'number') return 1;
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + tokensIn(one), 0);
  if (!isRecord(value)) return 0;
  return Object.entries(value).reduce((sum, [name, one]) => sum + name.length + tokensIn(one), tokensAround);
}

const countOf = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : undefined;
