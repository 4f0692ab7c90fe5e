/** SageMaker's contract for containers around a model: `/ping`, and OpenAI's dialect at `/invocations`. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  type ErrorKind,
  invalidInput,
  isOnrampError,
  isRecord,
  OnrampError,
  parseJson,
} from '../../../lib/core/index.ts';
import { type AnswerForm, type AnswerHead, createChatForm, createTextForm, usageOf } from './answers.ts';
import { embed } from './embed.ts';
import { type AnswerEvent, runTask, type Task, type TaskUsage } from './generate.ts';
import type { LoadedModel } from './language-model.ts';
import { type Body, readChat, readCompletion } from './read-request.ts';

/** What the server needs of the world. */
export interface LlamaServerOptions {
  readonly model: LoadedModel;
  /** What answers call the model, if the request does not name it. */
  readonly name: string;
  readonly newId: () => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly report: (message: string) => void;
}

/** SageMaker's limit for real-time endpoints. */
const maxBodyBytes = 26_214_400;

const statusOfKind: Partial<Readonly<Record<ErrorKind, number>>> = {
  invalid_request: 400,
  too_large: 413,
  rate_limited: 429,
};

/** A server for a model that is loaded; it does not listen yet. */
export function createLlamaServer(options: LlamaServerOptions): Server {
  return createServer((request, response) => {
    // Whoever stops the process waits for its connections.
    response.setHeader('connection', 'close');
    if (request.url === '/ping' && request.method === 'GET') response.end();
    else if (request.url === '/invocations' && request.method === 'POST') {
      void answer(request, response, options);
    } else {
      request.resume();
      sendJson(response, 404, errorBody('Ask at POST /invocations.', 'invalid_request_error'));
    }
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: LlamaServerOptions,
): Promise<void> {
  const client = new AbortController();
  response.once('close', () => client.abort(new Error('the client left')));
  try {
    const body = await readBody(request);
    await invoke({ body: { model: options.name, ...body }, response, signal: client.signal }, options);
  } catch (error) {
    if (!client.signal.aborted) fail(response, error, options.report);
  }
}

async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBodyBytes)
      throw new OnrampError('too_large', `The body has more than ${maxBodyBytes} bytes.`);
    chunks.push(chunk);
  }
  const body = parseJson(Buffer.concat(chunks).toString());
  if (isRecord(body)) return body as Body;
  throw invalidInput('The body must be a JSON object.');
}

interface Invocation {
  readonly body: Body;
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
}

async function invoke({ body, response, signal }: Invocation, options: LlamaServerOptions): Promise<void> {
  const { model, newId, random } = options;
  if (model.kind === 'embedding') {
    if (body.input !== undefined) return sendJson(response, 200, await embed(model, body, signal));
    throw invalidInput('This is an embedding model; send texts in "input".', { param: 'input' });
  }
  const randomSeed = Math.floor(random() * 2 ** 32);
  const withLogprobs = body.logprobs !== undefined && body.logprobs !== null && body.logprobs !== false;
  const respond = (task: Task, form: AnswerForm, prefix: string): Promise<void> => {
    const head = {
      id: `${prefix}-${newId()}`,
      created: Math.floor(options.now() / 1000),
      model: String(body.model),
    };
    const reply = { head, form, response, events: runTask(model, task, signal) };
    return body.stream === true ? stream(reply, hasUsage(body)) : sendWhole(reply);
  };
  if (body.messages !== undefined) {
    return respond(await readChat(model, body, randomSeed), createChatForm(newId, withLogprobs), 'chatcmpl');
  }
  if (body.prompt !== undefined) {
    const { task, echoes } = readCompletion(model, body, randomSeed);
    const form = createTextForm((index) => echoes[Math.floor(index / task.answers)]!, withLogprobs);
    return respond(task, form, 'cmpl');
  }
  throw invalidInput('This is a language model; send "messages" or a "prompt".', { param: 'messages' });
}

const hasUsage = ({ stream_options: options }: Body): boolean =>
  (options as { readonly include_usage?: unknown } | null | undefined)?.include_usage === true;

interface Reply {
  readonly head: AnswerHead;
  readonly form: AnswerForm;
  readonly response: ServerResponse;
  readonly events: AsyncGenerator<AnswerEvent, TaskUsage>;
}

async function sendWhole({ head, form, response, events }: Reply): Promise<void> {
  const answers: AnswerEvent[][] = [];
  for (;;) {
    const { done, value } = await events.next();
    if (done) {
      const choices = answers.map((own) => form.whole(own));
      return sendJson(response, 200, { ...head, object: form.object, choices, usage: usageOf(value) });
    }
    answers[value.index] ??= [];
    answers[value.index]!.push(value);
  }
}

async function stream({ head, form, response, events }: Reply, withUsage: boolean): Promise<void> {
  const chunkOf = (more: object): string => {
    const chunk = { ...head, object: form.chunkObject, ...(withUsage && { usage: null }), ...more };
    return `data: ${JSON.stringify(chunk)}\n\n`;
  };
  for (;;) {
    const { done, value } = await events.next();
    // A request that is refused gets a status, so the head waits for the first token.
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (done) {
      if (withUsage) response.write(chunkOf({ choices: [], usage: usageOf(value) }));
      response.end('data: [DONE]\n\n');
      return;
    }
    const text = form
      .pieces(value)
      .map((choice) => chunkOf({ choices: [choice] }))
      .join('');
    if (response.write(text) || response.destroyed) continue;
    await roomToWrite(response);
  }
}

/** Waits until what was written is taken off, or nobody reads any more; a long answer does so many times. */
async function roomToWrite(response: ServerResponse): Promise<void> {
  const waiting = new AbortController();
  const { signal } = waiting;
  await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]);
  // The listener of the other one goes with it.
  waiting.abort();
}

/** An error in the answer's status, or in the stream if that has begun. */
function fail(response: ServerResponse, error: unknown, report: (message: string) => void): void {
  const known = isOnrampError(error) ? error : null;
  const status = (known && statusOfKind[known.kind]) ?? 500;
  if (status === 500) report(`The model failed: ${(error as Error).stack}`);
  const message = status === 500 ? 'The model failed; the log of its process says why.' : known!.message;
  const type = { 400: 'invalid_request_error', 413: 'invalid_request_error', 429: 'rate_limit_error' }[
    status
  ];
  const body = errorBody(message, type ?? 'server_error', known);
  if (response.headersSent) response.end(`data: ${JSON.stringify(body)}\n\n`);
  else {
    if (known?.retryAfterSeconds) response.setHeader('retry-after', known.retryAfterSeconds);
    sendJson(response, status, body);
  }
}

const errorBody = (message: string, type: string, known: OnrampError | null = null): object => ({
  error: { message, type, param: known?.param ?? null, code: known?.code ?? null },
});

function sendJson(response: ServerResponse, status: number, content: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}
