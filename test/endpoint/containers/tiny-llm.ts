/**
 * A container with the smallest language model there is: it says again what it was told, a word a token, always the
 * same. It honours SageMaker's contract for containers and speaks OpenAI's dialect at `/invocations`, as vLLM and LMI do.
 *
 * What it can be told:
 * - `count 5` as the last message is answered by `0 1 2 3 4`, and `stamp 5` by the times at which the words were sent,
 *   in microseconds since 1970.
 * - `{"fault": {"kind": ..., "after": words, "ms": ..., "status": ...}}` in the body makes it fail, see `Fault`.
 * - `TINY_START_MS` in its environment is how long it takes until `/ping` answers, `TINY_TOKEN_MS` how long a word takes.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

/** What goes wrong, and after how many words of the answer. */
interface Fault {
  /**
   * `status`: answers with `status`; `hang`: never says another word; `break`: closes the connection; `garbage`: says
   * what is no JSON; `error`: says in the stream that it failed; `exit`: ends the process; `slow`: takes `ms` a word.
   */
  readonly kind: 'status' | 'hang' | 'break' | 'garbage' | 'error' | 'exit' | 'slow';
  readonly after?: number;
  readonly ms?: number;
  readonly status?: number;
}

interface Tool {
  readonly function: { readonly name: string };
}

interface Body {
  readonly model?: string;
  readonly messages?: readonly { readonly role: string; readonly content?: unknown }[];
  readonly prompt?: string | readonly string[];
  readonly input?: string | readonly string[];
  readonly encoding_format?: string;
  readonly dimensions?: number;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly n?: number;
  readonly stop?: string | readonly string[];
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly logprobs?: boolean | number;
  readonly tools?: readonly Tool[];
  readonly tool_choice?: unknown;
  readonly response_format?: { readonly type: string };
  readonly fault?: Fault;
}

const startedAt = performance.now();
const startMs = Number(process.env.TINY_START_MS ?? 0);
const tokenMs = Number(process.env.TINY_TOKEN_MS ?? 0);
/** Answers need ids that differ, and nothing else of this process is in them. */
let answered = 0;

/** Words with the space before them, so that they join to the text. */
const wordsOf = (text: string): string[] => text.match(/\s*\S+/g) ?? [];

const countOf = (value: unknown): number => wordsOf(JSON.stringify(value ?? '')).length;

/** The text of a message, whose content may be in parts; a picture is told by its size. */
function contentOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map(
      (part: {
        readonly type: string;
        readonly text?: string;
        readonly image_url?: { readonly url: string };
      }) => (part.type === 'text' ? part.text : `[${part.type} ${part.image_url?.url.length ?? 0}]`),
    )
    .join(' ');
}

/** The answer to what was asked, word by word; words can be made when their time has come. */
function replyTo(body: Body): Words {
  const asked = body.messages
    ? contentOf(body.messages.at(-1)?.content)
    : String(Array.isArray(body.prompt) ? body.prompt[0] : (body.prompt ?? ''));
  const [, verb, count] = /^(count|stamp) (\d+)$/.exec(asked) ?? [];
  if (verb !== undefined) {
    return Array.from({ length: Number(count) }, (_, index) => {
      const space = index === 0 ? '' : ' ';
      return verb === 'count'
        ? `${space}${index}`
        : () => `${space}${Math.round((performance.timeOrigin + performance.now()) * 1000)}`;
    });
  }
  if (body.response_format && body.response_format.type !== 'text') {
    return wordsOf(JSON.stringify({ text: asked }));
  }
  return wordsOf(asked === '' ? 'Nothing was said.' : asked);
}

/** The tool that is called: the one that must be, or the first that the last message speaks of by name. */
function toolFor({ tools = [], tool_choice: choice, messages = [] }: Body): Tool | undefined {
  if (choice === 'none' || messages.at(-1)?.role === 'tool') return undefined;
  const forced = (choice as Tool | undefined)?.function?.name;
  const asked = contentOf(messages.at(-1)?.content);
  return (
    tools.find(({ function: { name } }) => name === forced || asked.includes(name)) ??
    (choice === 'required' ? tools[0] : undefined)
  );
}

/** The words that are said, and why no more. */
function cut(words: Words, body: Body) {
  const limit = body.max_completion_tokens ?? body.max_tokens ?? Number.POSITIVE_INFINITY;
  const stops = typeof body.stop === 'string' ? [body.stop] : (body.stop ?? []);
  const stop = words.findIndex((word) => typeof word === 'string' && stops.some((end) => word.includes(end)));
  const said = words.slice(0, Math.min(stop < 0 ? words.length : stop, limit));
  return { said, reason: said.length === limit && stop < 0 && limit < words.length ? 'length' : 'stop' };
}

async function answer(body: Body, response: ServerResponse): Promise<void> {
  if (body.fault && (body.fault.after ?? 0) === 0 && (await fail(body.fault, response))) return;
  if (body.input !== undefined) sendJson(response, 200, embeddingsOf(body));
  else if (body.messages || body.prompt !== undefined) {
    if (body.stream) await streamAnswer(body, response);
    else await wholeAnswer(body, response);
  } else sendJson(response, 400, errorOf('messages, prompt or input is missing', 'messages'));
}

/** Does what is to go wrong; false if it goes on. */
async function fail({ kind, status = 500 }: Fault, response: ServerResponse): Promise<boolean> {
  if (kind === 'slow') return false;
  // What was said before it is on its way by then.
  await delay(5);
  if (kind === 'exit') process.exit(1);
  if (kind === 'break') response.destroy();
  if (kind === 'status') {
    if (status === 429) response.setHeader('retry-after', '1');
    sendJson(response, status, errorOf(`told to answer ${status}`, null));
  }
  if (kind === 'garbage') response.end('{"choices": [}');
  if (kind === 'error') response.end(`data: ${JSON.stringify(errorOf('told to fail', null))}\n\n`);
  if (kind === 'hang') await new Promise(() => {});
  return true;
}

function headOf(body: Body) {
  answered += 1;
  const kind = body.messages ? 'chatcmpl' : 'cmpl';
  return {
    id: `${kind}-${process.pid}-${answered}`,
    created: Math.floor(Date.now() / 1000),
    model: body.model ?? 'tiny',
    system_fingerprint: 'tiny-1',
  };
}

const usageOf = (body: Body, completion: number) => {
  const prompt = countOf(body.messages ?? body.prompt);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
};

const wordNow = (word: string | (() => string)): string => (typeof word === 'string' ? word : word());

async function wholeAnswer(body: Body, response: ServerResponse): Promise<void> {
  const { said, reason } = cut(replyTo(body), body);
  for (const _ of said) await pause(body);
  const text = said.map(wordNow).join('');
  const tool = body.messages && toolFor(body);
  const choices = Array.from({ length: body.n ?? 1 }, (_, index) => {
    const logprobs = body.logprobs ? { content: said.map((word) => logprobOf(wordNow(word))) } : null;
    if (!body.messages) return { index, text, logprobs: null, finish_reason: reason };
    const message = tool
      ? {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'call_0', type: 'function', function: callOf(tool, text) }],
        }
      : { role: 'assistant', content: text };
    return { index, message, logprobs, finish_reason: tool ? 'tool_calls' : reason };
  });
  const object = body.messages ? 'chat.completion' : 'text_completion';
  sendJson(response, 200, {
    ...headOf(body),
    object,
    choices,
    usage: usageOf(body, said.length * choices.length),
  });
}

const callOf = ({ function: { name } }: Tool, text: string) => ({
  name,
  arguments: JSON.stringify({ text }),
});

const logprobOf = (token: string) => ({
  token,
  logprob: -0.5,
  bytes: [...Buffer.from(token)],
  top_logprobs: [],
});

async function streamAnswer(body: Body, response: ServerResponse): Promise<void> {
  const { said, reason } = cut(replyTo(body), body);
  const head = { ...headOf(body), object: body.messages ? 'chat.completion.chunk' : 'text_completion' };
  const withUsage = body.stream_options?.include_usage === true;
  const send = (more: object): void => {
    const chunk = { ...head, ...more, ...(withUsage && !('usage' in more) && { usage: null }) };
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  };
  const indices = Array.from({ length: body.n ?? 1 }, (_, index) => index);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for await (const { at, piece, finish } of body.messages
    ? chatPieces(body, said, reason)
    : textPieces(body, said, reason)) {
    if (body.fault && at > 0 && at === body.fault.after && (await fail(body.fault, response))) return;
    if (response.destroyed) return;
    for (const index of indices) {
      send({ choices: [{ index, ...piece, logprobs: null, finish_reason: finish ?? null }] });
    }
  }
  if (withUsage) send({ choices: [], usage: usageOf(body, said.length * indices.length) });
  response.end('data: [DONE]\n\n');
}

/** A part of a streamed choice; `at` counts the words before it. */
interface Piece {
  readonly at: number;
  readonly piece: object;
  readonly finish?: string;
}

type Words = readonly (string | (() => string))[];

async function* chatPieces(body: Body, said: Words, reason: string): AsyncGenerator<Piece> {
  const tool = toolFor(body);
  yield { at: 0, piece: { delta: { role: 'assistant', content: tool ? null : '' } } };
  if (tool) {
    for (const call of callPieces(callOf(tool, said.map(wordNow).join('')))) {
      yield { at: 0, piece: { delta: { tool_calls: [{ index: 0, ...call }] } } };
    }
    yield { at: 0, piece: { delta: {} }, finish: 'tool_calls' };
    return;
  }
  for (const [at, word] of said.entries()) {
    await pause(body);
    yield { at, piece: { delta: { content: wordNow(word) } } };
  }
  yield { at: said.length, piece: { delta: {} }, finish: reason };
}

/** A call of a tool as it is streamed: its name first, then its arguments in pieces. */
const callPieces = ({
  name,
  arguments: text,
}: {
  readonly name: string;
  readonly arguments: string;
}): object[] => [
  { id: 'call_0', type: 'function', function: { name, arguments: '' } },
  ...(text.match(/.{1,7}/gs) ?? []).map((part) => ({ function: { arguments: part } })),
];

async function* textPieces(body: Body, said: Words, reason: string): AsyncGenerator<Piece> {
  for (const [at, word] of said.entries()) {
    await pause(body);
    yield { at, piece: { text: wordNow(word) } };
  }
  yield { at: said.length, piece: { text: '' }, finish: reason };
}

/** How long a word takes. */
async function pause({ fault }: Body): Promise<void> {
  const ms = fault?.kind === 'slow' ? (fault.ms ?? 100) : tokenMs;
  if (ms > 0) await delay(ms);
}

/** Vectors of as many numbers as there are dimensions, made of the text's characters. */
function embeddingsOf(body: Body) {
  const inputs = Array.isArray(body.input) ? body.input : [body.input];
  const data = inputs.map((text: unknown, index) => {
    const vector = new Float32Array(body.dimensions ?? 8);
    for (const [at, char] of [...String(text)].entries())
      vector[at % vector.length]! += char.codePointAt(0)! / 128;
    const embedding =
      body.encoding_format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector];
    return { object: 'embedding', index, embedding };
  });
  const tokens = countOf(inputs.join(' '));
  return {
    object: 'list',
    data,
    model: body.model ?? 'tiny',
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

const errorOf = (message: string, param: string | null) => ({
  error: { message, type: 'invalid_request_error', param, code: null },
});

function sendJson(response: ServerResponse, status: number, content: object): void {
  const body = JSON.stringify(content);
  // Asynchronous endpoints take no answer that does not say how long it is.
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, headers).end(body);
}

async function onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'GET' && request.url === '/ping') {
    response.writeHead(performance.now() - startedAt < startMs ? 503 : 200).end();
  } else if (request.method === 'POST' && request.url === '/invocations') {
    const text = await textOf(request);
    let body: Body;
    try {
      body = JSON.parse(text);
    } catch {
      return sendJson(response, 400, errorOf('the body is not JSON', null));
    }
    await answer(body, response);
  } else response.writeHead(404).end();
}

// Longer than clients keep theirs: a connection that closes just when it is used again looks like a failure.
createServer(
  { keepAliveTimeout: 65_000 },
  (request, response) => void onRequest(request, response).catch(() => response.destroy()),
).listen(Number(process.env.SAGEMAKER_BIND_TO_PORT ?? 8080), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
