/** Answers in a stream: the container's chunks, held to the rules, each as soon as it comes. */
import { isOnrampError } from '../core/index.ts';
import { askWhenReady, callOf, type Generation, type Phase, readWhole, timeHeader } from './generation.ts';
import { createStreamText } from './stream-text.ts';
import type { Fields, GenerateAnswer } from './types.ts';
import { writeEvents } from './write-events.ts';

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
  const stream = writeEvents(textOf(generation, phase), {
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

/** The events of an answer as text; whatever becomes of them, what they took is noted at the end. */
async function* textOf(generation: Generation, phase: Phase): AsyncGenerator<string> {
  const { request, meter } = generation;
  const answer = createStreamText(generation);
  const leave = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  try {
    for await (const part of await containerParts(generation, phase, leave.signal)) {
      if (timer) continue;
      const { text, isLast, failure } = answer.take(part);
      if (isLast) timer = setTimeout(() => leave.abort(), endLimitMs);
      if (text !== '') yield text;
      if (failure !== null) throw failure;
    }
    if (timer) return;
    const { text, failure } = answer.end();
    if (text !== '') yield text;
    if (failure !== null) throw failure;
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

/** The container's stream, once it has begun, or its whole answer, once it has come through the queue. */
async function containerParts(
  generation: Generation,
  phase: Phase,
  leave: AbortSignal,
): Promise<AsyncIterable<Uint8Array> | readonly Fields[]> {
  const { context, model, request } = generation;
  if (model.kind === 'async') {
    phase.waitsFor = 'the queue';
    return [await readWhole(generation, phase)];
  }
  const signal = AbortSignal.any([request.signal, leave]);
  const ask = () => context.endpoints.stream({ ...callOf(generation, true), signal });
  const { parts } = await askWhenReady(generation, phase, ask);
  return parts;
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
