/** One request on its way to a container and back, as both ways of answering see it. */
import type { EndpointModel } from '../contracts/endpoint-models.ts';
import { internal } from '../core/index.ts';
import { whenReady } from '../endpoint/index.ts';
import type { EndpointBodyCall } from '../endpoint/types.ts';
import type { ChunkHead } from './chunk-rules.ts';
import { type Container, containerFor } from './container.ts';
import { readContent } from './container-errors.ts';
import type { Fields, GenerateContext, GenerateForm, GenerateRequest } from './types.ts';
import { createMeter, type Meter } from './usage.ts';

/** A request, the model it is for, and what is kept of it. */
export interface Generation {
  readonly context: GenerateContext;
  readonly request: GenerateRequest;
  readonly form: GenerateForm;
  readonly model: EndpointModel;
  readonly container: Container;
  readonly meter: Meter;
  /** What an answer begins with, if the container says nothing else. */
  readonly head: ChunkHead;
  elapsedMs(): number;
  /** The container is asked now: the time until here was nobody's work, and is not metered. */
  beginWork(): void;
}

/** What a generation waits for, if not for the container to say something. */
export interface Phase {
  waitsFor: 'the model to start' | 'the queue' | null;
}

/** What a generation begins with. */
export type GenerationDraft = Pick<Generation, 'context' | 'request' | 'form' | 'model'>;

/** A generation that begins now. @throws invalid_request `unsupported_field` for what the container cannot be asked */
export function beginGeneration(draft: GenerationDraft): Generation {
  const { context, request, form, model } = draft;
  const startedAt = context.clock.now();
  let workFrom = startedAt;
  return {
    ...draft,
    head: {
      id: `${form.idPrefix}${request.requestId}`,
      created: Math.floor(startedAt / 1000),
      model: model.model,
    },
    container: containerFor(model, request.body, form),
    meter: createMeter(request.body, model.kind === 'async' ? null : () => context.clock.now() - workFrom),
    elapsedMs: () => context.clock.now() - startedAt,
    beginWork: () => {
      workFrom = context.clock.now();
    },
  };
}

/** The call of the container, for an answer as a whole or in a stream. */
export const callOf = ({ model, container, request }: Generation, streams: boolean): EndpointBodyCall => ({
  endpoint: model.endpoint,
  ...(model.component !== undefined && { inferenceComponent: model.component }),
  contentType: 'application/json',
  accept: streams ? 'text/event-stream' : 'application/json',
  body: JSON.stringify(container.bodyFor(streams)),
  inferenceId: request.requestId,
  signal: request.signal,
});

/** The time until here, under the name that OpenAI gives it. */
export const timeHeader = ({ elapsedMs }: Generation): Readonly<Record<string, string>> => ({
  'openai-processing-ms': String(elapsedMs()),
});

/** The answer of the container as a whole, in OpenAI's dialect but for its head. */
export async function readWhole(generation: Generation, phase: Phase): Promise<Fields> {
  const { context, model, container } = generation;
  const call = callOf(generation, false);
  const { body } = await (model.kind === 'async'
    ? queueOf(context).invoke(model, { ...call, timeoutMs: waitLimitMs(generation) })
    : askWhenReady(generation, phase, () => context.endpoints.invoke(call)));
  return container.readWhole(readContent(new TextDecoder().decode(body)));
}

/** Answers last up to 15 minutes; as a whole, a model that is there at last may take 70 seconds of them. */
const longestWaitMs = { stream: 840_000, whole: 770_000 } as const;

/** How long a request waits for a model that sleeps, or works off a queue. */
const waitLimitMs = ({ context, request }: Generation): number =>
  context.waitMs ?? longestWaitMs[request.body.stream === true ? 'stream' : 'whole'];

/** Asks a model, one that sleeps until it is there. */
export async function askWhenReady<T>(
  generation: Generation,
  phase: Phase,
  ask: () => Promise<T>,
): Promise<T> {
  const { context, request, beginWork } = generation;
  const askAgain = (): Promise<T> => {
    if (phase.waitsFor !== null) beginWork();
    return ask();
  };
  const answer = await whenReady(askAgain, {
    limitMs: waitLimitMs(generation),
    signal: request.signal,
    onWait: () => {
      phase.waitsFor = 'the model to start';
    },
    ...(context.timers && { timers: context.timers }),
  });
  phase.waitsFor = null;
  return answer;
}

function queueOf({ queue }: GenerateContext): NonNullable<GenerateContext['queue']> {
  if (queue) return queue;
  throw internal('A model behind a queue was let through, and there is nothing to ask it by.');
}
