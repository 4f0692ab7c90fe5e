/** Holds the chunks of a stream to the rules of OpenAI's dialect, whatever the container makes of them. */

import { isRecord } from '../core/index.ts';
import type { Fields, GenerateBody, GenerateForm } from './types.ts';
import { estimateSaid, type Meter, readUsage } from './usage.ts';

/** What is the same in every chunk, unless the container says otherwise in its first. */
export interface ChunkHead {
  readonly id: string;
  /** Seconds since 1970-01-01 UTC. */
  readonly created: number;
  /** The model's name in the API. */
  readonly model: string;
}

/** The rules of one stream. */
export interface ChunkRules {
  /** The chunk as it goes out, or `null` if it does not. */
  apply(chunk: Fields): Fields | null;
  /** Counts what is said in a chunk that is not held to the rules, since it is like one that was. */
  count(said: unknown): void;
  /** What is still to be sent after the last chunk. */
  rest(): Fields[];
  /** True if every answer that was begun has said why it ends. */
  isComplete(): boolean;
}

/** What the rules of a stream follow from. */
export interface ChunkRulesOptions {
  readonly form: GenerateForm;
  readonly head: ChunkHead;
  readonly body: GenerateBody;
  readonly meter: Meter;
}

/**
 * The same id and time in every chunk; a role in the first delta of an answer and in no other; a reason to finish in its
 * last and `null` before; tokens in a chunk of their own at the end, and only for those who asked.
 */
export function createChunkRules({ form, head, body, meter }: ChunkRulesOptions): ChunkRules {
  const { include_usage: wantsUsage, continuous_usage_stats: isContinuous } = body.stream_options ?? {};
  const begun = new Set<unknown>();
  const finished = new Set<unknown>();
  let same: Fields | null = null;
  let unsentUsage: Fields | null = null;

  const count = (said: unknown): void => {
    const tokens = tokensOf(estimateSaid(said));
    if (tokens > 0) meter.see(tokens);
  };
  const choiceOf = (choice: Fields): Fields => {
    const { index = 0, delta, finish_reason: reason } = choice;
    const isFirst = !begun.has(index);
    begun.add(index);
    if (reason) finished.add(index);
    const content = form.name === 'chat' ? { delta: deltaOf(delta, isFirst) } : { text: choice.text ?? '' };
    count([choice.text, delta]);
    return { ...choice, index, ...content, finish_reason: reason || null };
  };

  return {
    count,
    apply: ({ usage: given, ...chunk }) => {
      same ??= { ...headOf(chunk, head), object: form.chunkObject };
      const usage = readUsage(given);
      if (usage) meter.say(usage);
      const choices = Array.isArray(chunk.choices) ? chunk.choices.filter(isRecord) : [];
      if (choices.length === 0 && usage) {
        unsentUsage = null;
        return wantsUsage ? { ...chunk, ...same, choices, usage } : null;
      }
      if (usage) unsentUsage = usage;
      const shown = wantsUsage ? { usage: isContinuous ? usage : null } : {};
      return { ...chunk, ...same, choices: choices.map(choiceOf), ...shown };
    },
    rest: () => (wantsUsage && unsentUsage ? [{ ...same, choices: [], usage: unsentUsage }] : []),
    isComplete: () => begun.size > 0 && [...begun].every((index) => finished.has(index)),
  };
}

const headOf = ({ id, created }: Fields, { model, ...own }: ChunkHead): ChunkHead => ({
  id: typeof id === 'string' && id !== '' ? id : own.id,
  created: typeof created === 'number' ? created : own.created,
  model,
});

function deltaOf(delta: unknown, isFirst: boolean): Fields {
  const { role, ...rest } = isRecord(delta) ? delta : {};
  return isFirst ? { role: role || 'assistant', ...rest } : rest;
}

/** Containers say a token at a time, mostly; a piece that would be more than this is not one token. */
const longestTokenEstimate = 8;

/** Tokens in a piece; role, reason and logprobs alone are none. */
const tokensOf = (estimate: number): number =>
  estimate > longestTokenEstimate ? estimate : Math.min(1, estimate);

/** The chunks that say what a whole answer says, for a client who asked for a stream. */
export function chunksOfWhole({ choices, usage, ...head }: Fields, { name }: GenerateForm): Fields[] {
  const list = Array.isArray(choices) ? choices.filter(isRecord) : [];
  const chunks = list.flatMap(({ message, finish_reason: reason, ...choice }) => {
    const first = name === 'chat' ? { ...choice, delta: deltaOfMessage(message) } : choice;
    const last = name === 'chat' ? { delta: {} } : { text: '' };
    return [first, { index: choice.index, ...last, finish_reason: reason }];
  });
  return [
    ...chunks.map((choice) => ({ ...head, choices: [choice] })),
    ...(usage ? [{ ...head, choices: [], usage }] : []),
  ];
}

/** Calls of tools are numbered in a delta, since they come in pieces. */
function deltaOfMessage(message: unknown): Fields {
  if (!isRecord(message)) return {};
  const { tool_calls: calls } = message;
  if (!Array.isArray(calls)) return message;
  return { ...message, tool_calls: calls.map((call: object, index) => ({ index, ...call })) };
}
