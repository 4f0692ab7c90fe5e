/** Answers in a stream: the container's chunks, held to the rules, each as soon as it comes. */
import { isOnrampError, type OnrampError, upstream } from '../core/index.ts';
import { chunksOfWhole, createChunkRules } from './chunk-rules.ts';
import { readContent } from './container-errors.ts';
import { askWhenReady, callOf, type Generation, readWhole, timeHeader } from './generation.ts';
import { readEvents } from './read-events.ts';
import type { Fields, GenerateAnswer } from './types.ts';
import { lastEvent, writeEvents } from './write-events.ts';

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

/** What a generation waits for, if not for the container to say something. */
interface Phase {
  waitsFor: 'the model to start' | 'the queue' | null;
}

const newsOf = ({ waitsFor }: Phase, { elapsedMs }: Generation): string =>
  waitsFor === null ? 'keep-alive' : `waiting for ${waitsFor}, ${Math.round(elapsedMs() / 1000)} s`;

/** The chunks of an answer by the rules; whatever becomes of them, what they took is noted at the end. */
async function* chunksOf(generation: Generation, phase: Phase): AsyncGenerator<Fields | typeof lastEvent> {
  const { request, meter } = generation;
  const rules = createChunkRules({ ...generation, body: request.body });
  const leave = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  try {
    for await (const chunk of containerChunks(generation, phase, leave.signal)) {
      if (timer) continue;
      if (chunk !== lastEvent) {
        const shown = rules.apply(chunk);
        if (shown) yield shown;
        continue;
      }
      timer = setTimeout(() => leave.abort(), endLimitMs);
      yield* rules.rest();
      yield lastEvent;
    }
    if (timer) return;
    if (!rules.isComplete()) throw endedEarly();
    yield* rules.rest();
    yield lastEvent;
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

/**
 * Of a failure the log needs the words, which go no further; those of a refusal may quote the request. Lines of answers
 * hold only what JSON can say.
 */
function noteOf(failure: unknown): Readonly<Record<string, unknown>> {
  if (!isOnrampError(failure)) return { error: String(failure) };
  const { kind, code, message } = failure;
  return kind === 'upstream' || kind === 'internal' ? { code, error: message } : { code };
}

const endedEarly = (): OnrampError =>
  upstream("The stream of the model's container ended in the middle of the answer.", {
    code: 'endpoint_stream_broken',
  });

/** The container's chunks as they come, and its word that there are no more. */
async function* containerChunks(
  generation: Generation,
  phase: Phase,
  leave: AbortSignal,
): AsyncGenerator<Fields | typeof lastEvent> {
  const { context, form, model, container, request } = generation;
  if (model.kind === 'async') {
    phase.waitsFor = 'the queue';
    yield* chunksOfWhole(await readWhole(generation), form);
    return;
  }
  const signal = AbortSignal.any([request.signal, leave]);
  const ask = () => context.endpoints.stream({ ...callOf(generation, true), signal });
  const { parts } = await askWhenReady(generation, ask, () => {
    phase.waitsFor = 'the model to start';
  });
  phase.waitsFor = null;
  for await (const { kind, data } of readEvents(parts)) {
    if (data.trim() === '[DONE]') yield lastEvent;
    else yield* container.readEvent(readContent(data, kind));
  }
}
