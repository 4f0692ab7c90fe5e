/** Answers as a whole: with a status of its own, or, where a model must be waited for, behind spaces that keep the line. */
import { noteOf } from './answer-in-stream.ts';
import { type Generation, type Phase, readWhole, timeHeader } from './generation.ts';
import type { GenerateAnswer } from './types.ts';
import { estimateSaid, readUsage } from './usage.ts';
import { orSilence, silence } from './write-events.ts';

/** A failure within this time has a status of its own; load balancers and proxies allow for twice as much silence. */
const defaultGraceMs = 30_000;
const defaultKeepAliveMs = 15_000;
/** A model that was taken for awake may turn out to sleep at any time after that. */
const lookAgainMs = 1_000;

/**
 * The answer. A model that sleeps, or works off a queue, may need minutes, in which nobody on the way must take the line
 * for dead: after a while the body begins with the status 200 and with line feeds, which may stand before any JSON (RFC
 * 8259, 2). What fails from then on is told in the body, as OpenAI's errors are.
 *
 * @throws what `Endpoints` throws, as long as the body has not begun
 */
export async function answerWhole(generation: Generation): Promise<GenerateAnswer> {
  const { graceMs = defaultGraceMs } = generation.context;
  const phase: Phase = { waitsFor: generation.model.kind === 'async' ? 'the queue' : null };
  const text = writeWhole(generation, phase);
  const headers = timeHeader(generation);
  let isSilent = (await orSilence(text, graceMs)) === silence;
  while (isSilent && phase.waitsFor === null) {
    isSilent = (await orSilence(text, Math.min(graceMs, lookAgainMs))) === silence;
  }
  if (!isSilent) return { status: 200, text: await text, headers };
  return {
    status: 200,
    stream: afterSpaces(text, generation),
    headers: { ...headers, 'content-type': 'application/json' },
  };
}

async function writeWhole(generation: Generation, phase: Phase): Promise<string> {
  const { form, meter, request } = generation;
  const { model, ...head } = generation.head;
  try {
    const content = await readWhole(generation, phase);
    const usage = readUsage(content.usage);
    if (usage) meter.say(usage);
    else meter.see(estimateSaid(content.choices));
    return JSON.stringify({ ...head, object: form.wholeObject, ...content, model });
  } finally {
    request.annotate(meter.fields());
  }
}

async function* afterSpaces(text: Promise<string>, { context, request }: Generation): AsyncGenerator<string> {
  const { keepAliveMs = defaultKeepAliveMs } = context;
  try {
    let piece: string | typeof silence = silence;
    for (; piece === silence; piece = await orSilence(text, keepAliveMs)) yield '\n';
    yield piece;
  } catch (failure) {
    request.annotate(noteOf(failure));
    yield JSON.stringify(context.describe(failure, request.requestId));
  }
}
