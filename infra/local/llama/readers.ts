/** Reads a model's text as it comes: what the client gets of it, which grammar holds it, and when it is enough. */
import { createJsonEnd, type JsonEnd } from './json-end.ts';
import type { GrammarState } from './library.ts';
import { createStopCutter, possibleStop } from './text-pieces.ts';

/** A function that the model wants to be called. */
export interface ToolCall {
  readonly name: string;
  /** JSON. */
  readonly arguments: string;
}

/** What there is to send, and whether the answer ends here. */
export interface Reading {
  readonly text: string;
  readonly call?: ToolCall;
  readonly isDone: boolean;
}

/** Reads one answer. */
export interface AnswerReader {
  push(text: string): Reading;
  /** What was held back, when the model says no more. */
  flush(): string;
  /** What holds the next token; asked for each. */
  grammar(): GrammarState | undefined;
}

/** Reads plain text until one of the stops. */
export function createTextReader(stops: readonly string[]): AnswerReader {
  const cutter = createStopCutter(stops);
  return {
    push: (piece) => {
      const text = cutter.push(piece);
      return { text, isDone: cutter.isStopped };
    },
    flush: cutter.flush,
    grammar: () => undefined,
  };
}

/** Reads one JSON value that a grammar holds from the beginning; what the model would say after it is not waited for. */
export function createJsonReader(stops: readonly string[], state: GrammarState): AnswerReader {
  const reader = createTextReader(stops);
  const endOf = createJsonEnd();
  return {
    ...reader,
    push: (piece) => {
      const end = endOf(piece);
      const { text, isDone } = reader.push(end === null ? piece : piece.slice(0, end));
      return end === null ? { text, isDone } : { text: text + reader.flush(), isDone: true };
    },
    grammar: () => state,
  };
}

/** What stands around a call in the text, in most models that know calls at all. */
export const callOpening = '<tool_call>';
export const callClosing = '</tool_call>';

/** How calls are read. */
export interface CallReaderOptions {
  readonly stops: readonly string[];
  /** Makes a state for the JSON of one call, an object with `name` and `arguments`. */
  readonly newState: () => GrammarState;
  /** The opening stands in the prompt already. */
  readonly isForced: boolean;
  /** There may be more than one call. */
  readonly isParallel: boolean;
}

/** Reads text with calls in it: a grammar holds the JSON of each. */
export function createCallReader({ stops, newState, isForced, isParallel }: CallReaderOptions): AnswerReader {
  const cutter = createStopCutter(stops);
  let mode: 'text' | 'call' | 'after' = 'text';
  let buffer = '';
  let state: GrammarState | undefined;
  let endOf: JsonEnd = createJsonEnd();
  let hasText = false;

  const begin = (): void => {
    mode = 'call';
    // A token can hold more than the end of the tag; the grammar has the model say that once more.
    buffer = '';
    state = newState();
    endOf = createJsonEnd();
  };
  if (isForced) begin();

  const readText = (): Reading => {
    const at = buffer.indexOf(callOpening);
    const length = at >= 0 ? at : buffer.length - possibleStop(buffer, [callOpening]);
    const plain = buffer.slice(0, length);
    // Blanks before a call are no text.
    if (at < 0 && !hasText && plain.trim() === '') return { text: '', isDone: false };
    const before = at >= 0 && !hasText ? plain.trim() : plain;
    buffer = buffer.slice(length);
    hasText ||= before !== '';
    const text = cutter.push(before);
    if (at >= 0 && !cutter.isStopped) begin();
    return { text, isDone: cutter.isStopped };
  };
  const readCall = (piece: string): Reading => {
    const end = endOf(piece);
    if (end === null) {
      buffer += piece;
      return { text: '', isDone: false };
    }
    const content = JSON.parse(buffer + piece.slice(0, end));
    const call = { name: content.name, arguments: JSON.stringify(content.arguments) };
    mode = 'after';
    buffer = piece.slice(end);
    state = undefined;
    return { text: '', call, isDone: isForced || !isParallel };
  };
  const readAfter = (): Reading => {
    const rest = buffer.replace(callClosing, '').trimStart();
    if (rest.startsWith(callOpening)) begin();
    const goesOn = mode === 'call' || [callOpening, callClosing].some((tag) => tag.startsWith(rest));
    return { text: '', isDone: !goesOn };
  };
  return {
    push: (piece) => {
      if (mode === 'call') return readCall(piece);
      buffer += piece;
      return mode === 'text' ? readText() : readAfter();
    },
    flush: () => (mode === 'text' ? cutter.push(buffer) + cutter.flush() : cutter.flush()),
    grammar: () => state,
  };
}
