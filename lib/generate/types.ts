/** What generation works with: a request without its transport, the models behind endpoints, and the answer. */
import type { Access } from '../access/index.ts';
import type { EndpointModel, EndpointModels } from '../contracts/endpoint-models.ts';
import type { Clock } from '../core/index.ts';
import type { Timers } from '../endpoint/index.ts';
import type { EndpointAnswer, EndpointBodyCall, Endpoints } from '../endpoint/types.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** A request as the edge hands it over; its body is checked already. */
export interface GenerateRequest {
  readonly requestId: string;
  readonly method: string;
  /** Path template of the route table. */
  readonly route: string;
  /** Who asks. */
  readonly access: Access;
  readonly body: GenerateBody;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** A header by its lower-case name. */
  header(name: string): string | undefined;
  /** Adds fields to the one log line of this request, also while the answer is streamed. */
  annotate(fields: Readonly<Record<string, unknown>>): void;
}

/** What both kinds of generation are asked with; what is not named here is the container's to read. */
export interface GenerateBody {
  readonly model: string;
  readonly stream?: boolean | null | undefined;
  readonly stream_options?: Fields | null | undefined;
  readonly [field: string]: unknown;
}

/** An answer: JSON, or events piece by piece. */
export interface GenerateAnswer {
  readonly status: number;
  readonly text?: string;
  readonly stream?: AsyncIterable<string>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How models are asked whose answers are waited for elsewhere: those with a queue, and by whoever would not wait. */
export interface QueuedCalls {
  /** The answer of a model with a queue, when it is there; throws as `Endpoints` do. */
  invoke(model: EndpointModel, call: EndpointBodyCall): Promise<EndpointAnswer>;
  /** A job instead of the answer of any model. */
  accept(model: EndpointModel, call: EndpointBodyCall, request: GenerateRequest): Promise<GenerateAnswer>;
}

/** What the operations share. */
export interface GenerateContext {
  readonly artifacts: ObjectStore;
  readonly clock: Clock;
  readonly models: EndpointModels;
  readonly endpoints: Endpoints;
  /** Without it, models behind a queue are refused, and there are no jobs. */
  readonly queue?: QueuedCalls;
  /** The body by which callers are told of a failure. */
  describe(failure: unknown, requestId: string): object;
  /** How long a failure may still become a status of its own before the stream begins. */
  readonly graceMs?: number;
  /** How long a stream may be silent before it says that it is alive. */
  readonly keepAliveMs?: number;
  /** How long a model that sleeps, or works off a queue, is waited for. */
  readonly waitMs?: number;
  readonly timers?: Timers;
}

/** The two forms of OpenAI's generation, and what their parts are called. */
export interface GenerateForm {
  readonly name: 'chat' | 'text';
  readonly path: string;
  readonly idPrefix: string;
  readonly wholeObject: string;
  readonly chunkObject: string;
}

export const chatForm: GenerateForm = {
  name: 'chat',
  path: '/v1/chat/completions',
  idPrefix: 'chatcmpl-',
  wholeObject: 'chat.completion',
  chunkObject: 'chat.completion.chunk',
};

export const textForm: GenerateForm = {
  name: 'text',
  path: '/v1/completions',
  idPrefix: 'cmpl-',
  wholeObject: 'text_completion',
  chunkObject: 'text_completion',
};

/** An object of JSON. */
export type Fields = Readonly<Record<string, unknown>>;
