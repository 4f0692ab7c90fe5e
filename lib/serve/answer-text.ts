/** Builds a long answer in bytes: a string made of thousands of pieces has to be put together again by whoever reads it. */

/** An answer being written; one at a time, as all share the memory. */
export interface AnswerText {
  bytes: Buffer;
  at: number;
  /** False once something was written that is not ASCII. */
  isAscii: boolean;
}

/** Memory of this size is kept for the next answer. */
const keptBytes = 1_048_576;

let memory = Buffer.allocUnsafeSlow(16_384);

/** Begins an answer. */
export const openText = (): AnswerText => ({ bytes: memory, at: 0, isAscii: true });

/** Sees to it that so many bytes more can be written. */
export function makeRoom(answer: AnswerText, moreBytes: number): void {
  const { bytes, at } = answer;
  if (at + moreBytes <= bytes.length) return;
  const larger = Buffer.allocUnsafeSlow(2 * (at + moreBytes));
  bytes.copy(larger, 0, 0, at);
  if (larger.length <= keptBytes) memory = larger;
  answer.bytes = larger;
}

/** Adds any text. */
export function addText(answer: AnswerText, text: string): void {
  makeRoom(answer, 3 * text.length);
  const written = answer.bytes.write(text, answer.at, 'utf8');
  if (written !== text.length) answer.isAscii = false;
  answer.at += written;
}

/** Adds text that is bytes already; there must be room. */
export function addBytes(answer: AnswerText, piece: Uint8Array): void {
  const { bytes, at } = answer;
  for (let offset = 0; offset < piece.length; offset += 1) bytes[at + offset] = piece[offset]!;
  answer.at = at + piece.length;
}

/** The whole answer. */
export const textOf = ({ bytes, at, isAscii }: AnswerText): string =>
  bytes.toString(isAscii ? 'latin1' : 'utf8', 0, at);
