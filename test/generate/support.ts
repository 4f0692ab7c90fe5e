/** A handler of generate over endpoints that answer as a test says, and what comes out of it. */

import { createGenerate } from '../../functions/generate/generate.ts';
import { errorAnswer } from '../../functions/middleware/http-errors.ts';
import { type Access, fullAccess } from '../../lib/access/index.ts';
import type { EndpointModel } from '../../lib/contracts/endpoint-models.ts';
import type { EndpointBodyCall, Endpoints } from '../../lib/endpoint/index.ts';
import type { GenerateContext, GenerateRequest } from '../../lib/generate/index.ts';
import { createMemoryObjectStore, type ObjectStore } from '../../lib/storage/index.ts';

/** What a container does with a request: answers as a whole, or piece by piece, or throws. */
export type Behaviour = (
  body: Record<string, unknown>,
  call: EndpointBodyCall,
) => string | AsyncIterable<string | Uint8Array> | readonly (string | Uint8Array)[];

/** What an answer looks like from outside. */
export interface Seen {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body as text. */
  readonly text: string;
  /** The fields of the log line. */
  readonly log: Readonly<Record<string, unknown>>;
  /** What the container was sent, of the last call. */
  readonly sent: Readonly<Record<string, unknown>> | null;
}

/** How a request is made. */
export interface AskOptions extends Partial<Omit<GenerateContext, 'models' | 'endpoints'>> {
  readonly access?: Access;
  readonly route?: string;
  readonly model?: Partial<EndpointModel>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly artifacts?: ObjectStore;
}

export const chatRoute = '/v1/chat/completions';
export const textRoute = '/v1/completions';

/** 2026-11-22T12:00:00Z, and a second later at every look. */
export const startMs = Date.UTC(2026, 10, 22, 12);

const encoder = new TextEncoder();

/** A model that speaks OpenAI's dialect, unless a test says otherwise. */
export const endpointModel = (fields: Partial<EndpointModel> = {}): EndpointModel => ({
  ...{ model: 'assistant', endpoint: 'assistant-endpoint', kind: 'real-time', speaks: 'openai' },
  ...fields,
});

/** Endpoints of containers with one behaviour. */
export function fakeEndpoints(behave: Behaviour, calls: EndpointBodyCall[] = []): Endpoints {
  const react = (call: EndpointBodyCall) => {
    calls.push(call);
    return behave(JSON.parse(String(call.body)), call);
  };
  const head = { contentType: 'application/json', attempts: 1 };
  return {
    invoke: async (call) => {
      const answer = react(call);
      if (typeof answer !== 'string') throw new TypeError('a whole answer is a text');
      return { ...head, body: encoder.encode(answer) };
    },
    stream: async (call) => {
      const answer = react(call);
      return { ...head, parts: partsOf(typeof answer === 'string' ? [answer] : answer) };
    },
    enqueue: () => Promise.reject(new TypeError('nothing is put into a queue here')),
  };
}

async function* partsOf(
  pieces: AsyncIterable<string | Uint8Array> | readonly (string | Uint8Array)[],
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield typeof piece === 'string' ? encoder.encode(piece) : piece;
}

/** Starts a request; its answer may be a stream that is not read yet. Log and calls are noted as they come. */
export function open(behave: Behaviour, body: unknown, options: AskOptions = {}) {
  const { access = fullAccess('test'), route = chatRoute, model = {}, headers = {}, ...context } = options;
  const { signal = new AbortController().signal, ...rest } = context;
  const calls: EndpointBodyCall[] = [];
  const log: Record<string, unknown> = {};
  let now = startMs - 1000;
  const entry = endpointModel(model);
  const generate = createGenerate({
    models: new Map([[entry.model, entry]]),
    endpoints: fakeEndpoints(behave, calls),
    artifacts: createMemoryObjectStore(),
    clock: {
      now: () => {
        now += 1000;
        return now;
      },
    },
    ...rest,
  });
  const request = {
    ...{ method: 'POST', route, path: {}, query: {}, requestId: 'request-1', access, body, signal },
    header: (name: string) => headers[name],
    annotate: (fields: object) => void Object.assign(log, fields),
  } as unknown as GenerateRequest;
  return { answer: generate(request as never, {} as never), log, calls };
}

/** Asks and reads the answer to its end; a refusal comes as it goes over the wire. */
export async function ask(behave: Behaviour, body: unknown, options: AskOptions = {}): Promise<Seen> {
  const { answer: promised, log, calls } = open(behave, body, options);
  const answer = await promised.catch((error: unknown) => {
    const { body: refusal, ...head } = errorAnswer(error, 'request-1');
    return { ...head, text: JSON.stringify(refusal), stream: undefined };
  });
  let text = answer.text ?? '';
  for await (const piece of answer.stream ?? []) text += piece;
  const call = calls.at(-1);
  const sent = call ? JSON.parse(String(call.body)) : null;
  return { status: answer.status, headers: answer.headers ?? {}, text, log, sent };
}

/** A stream's events: JSON as it is, and what else there is as text. */
export function eventsOf(text: string): unknown[] {
  return text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => (event.startsWith('data: {') ? JSON.parse(event.slice(6)) : event));
}

/** Events as a container writes them. */
export const sse = (...contents: readonly unknown[]): string =>
  contents
    .map((content) => `data: ${typeof content === 'string' ? content : JSON.stringify(content)}\n\n`)
    .join('');

/** Hangs until nobody waits any more, as a call of an endpoint does. */
export const untilAborted = ({ signal }: EndpointBodyCall): Promise<never> =>
  new Promise((_, reject) => {
    const end = (): void => reject(signal!.reason);
    if (signal!.aborted) end();
    else signal!.addEventListener('abort', end);
  });

/** A conversation of one message. */
export const said = (content: unknown, more: object = {}) => ({
  model: 'assistant',
  messages: [{ role: 'user', content }],
  ...more,
});
