/** Answers in a stream: the container's chunks, held to the rules, each as soon as it comes. */
import { isOnrampError, type OnrampError, upstream } from '../core/index.ts';
import { type ChunkRules, chunksOfWhole, createChunkRules } from './chunk-rules.ts';
import type { Container } from './container.ts';
import { readContent } from './container-errors.ts';
import { askWhenReady, callOf, type Generation, type Phase, readWhole, timeHeader } from './generation.ts';
import { readEvents, type ServerEvent } from './read-events.ts';
import type { GenerateAnswer } from './types.ts';
import { type EventContent, lastEvent, writeEvents } from './write-events.ts';

/** A failure within this time has a status of its own; a client who is to wait longer is told that we are alive. */
const defaultGraceMs = 10_000;
/** Below what load balancers and proxies allow for silence, which is a minute or more. */
const defaultKeepAliveMs = 15_000;
/** So long a container has to end its stream after its last event, which keeps the connection for the next request. */
const endLimitMs = 500;

/** @throws what `Endpoints` throws, and what the container says of its failure, as long as no time is lost by waiting */
export async function answerInStream(generation: Generation): Promise<GenerateAnswer> {
  const { context, request } = generation;
  const { graceMs = defaultGraceMs, keepAliveMs = defaultKeepAliveMs } = context;
  const phase: Phase = { waitsFor: null };
  const stream = writeEvents(chunksOf(generation, phase), {
    keepAliveMs,
    describe: (failure) => context.describe(failure, request.requestId),
    news: () => newsOf(phase, generation),
  });
  await stream.start(graceMs);
  return {
    status: 200,
    stream,
    headers: { ...timeHeader(generation), 'content-type': 'text/event-stream; charset=utf-8' },
  };
}

const newsOf = ({ waitsFor }: Phase, { elapsedMs }: Generation): string =>
  waitsFor === null ? 'keep-alive' : `waiting for ${waitsFor}, ${Math.round(elapsedMs() / 1000)} s`;

/** The chunks of an answer by the rules; whatever becomes of them, what they took is noted at the end. */
async function* chunksOf(generation: Generation, phase: Phase): AsyncGenerator<readonly EventContent[]> {
  const { request, meter } = generation;
  const rules = createChunkRules({ ...generation, body: request.body });
  const leave = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  try {
    for await (const chunks of containerChunks(generation, phase, leave.signal)) {
      if (timer) continue;
      const shown: EventContent[] = [];
      try {
        if (takeChunks(chunks, rules, shown)) timer = setTimeout(() => leave.abort(), endLimitMs);
      } finally {
        // What came before a failure is shown before it.
        if (shown.length > 0) yield shown;
      }
    }
    if (timer) return;
    if (!rules.isComplete()) throw endedEarly();
    yield [...rules.rest(), lastEvent];
  } catch (failure) {
    // The answer is complete: how the container then ends is its own affair.
    if (timer) return;
    request.annotate(noteOf(failure));
    throw failure;
  } finally {
    clearTimeout(timer);
    request.annotate(meter.fields());
  }
}

/** Adds what is shown of chunks that came together. True if the last event is among them; what follows it is nothing. */
function takeChunks(chunks: Iterable<EventContent>, rules: ChunkRules, shown: EventContent[]): boolean {
  for (const chunk of chunks) {
    if (chunk === lastEvent) {
      shown.push(...rules.rest(), lastEvent);
      return true;
    }
    const one = rules.apply(chunk);
    if (one) shown.push(one);
  }
  return false;
}

/**
 * Of a failure the log needs the words, which go no further; those of a refusal may quote the request. Lines of answers
 * hold only what JSON can say.
 */
export function noteOf(failure: unknown): Readonly<Record<string, unknown>> {
  if (!isOnrampError(failure)) return { error: String(failure) };
  const { kind, code, message } = failure;
  return kind === 'upstream' || kind === 'internal' ? { code, error: message } : { code };
}

const endedEarly = (): OnrampError =>
  upstream("The stream of the model's container ended in the middle of the answer.", {
    code: 'endpoint_stream_broken',
  });

/** The container's chunks as they come, those together that come together, and its word that there are no more. */
async function* containerChunks(
  generation: Generation,
  phase: Phase,
  leave: AbortSignal,
): AsyncGenerator<Iterable<EventContent>> {
  const { context, form, model, container, request } = generation;
  if (model.kind === 'async') {
    phase.waitsFor = 'the queue';
    yield chunksOfWhole(await readWhole(generation, phase), form);
    return;
  }
  const signal = AbortSignal.any([request.signal, leave]);
  const ask = () => context.endpoints.stream({ ...callOf(generation, true), signal });
  const { parts } = await askWhenReady(generation, phase, ask);
  for await (const events of readEvents(parts)) yield chunksIn(events, container);
}

/** Not a list: of events that came together, those before one that cannot be read are good. */
function* chunksIn(events: readonly ServerEvent[], container: Container): Generator<EventContent> {
  for (const { kind, data } of events) {
    if (data.trim() === '[DONE]') yield lastEvent;
    else yield* container.readEvent(readContent(data, kind));
  }
}
