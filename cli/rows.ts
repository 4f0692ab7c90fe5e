/** Rows to predict for: from the line, from a file or from a pipe, as CSV or JSON; or a picture alone. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { invalidInput, type OnrampError } from '../lib/core/index.ts';
import { type CommandContext, textOption, usageError } from './command.ts';

/** Rows as they were found. */
export type RowSource =
  | { readonly kind: 'json'; readonly rows: readonly unknown[]; readonly name: string }
  | { readonly kind: 'csv'; readonly chunks: AsyncIterable<Uint8Array | string>; readonly name: string }
  | { readonly kind: 'picture'; readonly base64: string; readonly name: string };

const csvEnding = /\.(csv|tsv|tab|txt)$/i;
const jsonEnding = /\.(json|jsonl|ndjson)$/i;
const pictureEnding = /\.(jpe?g|png|webp)$/i;
const otherEnding = /\.(parquet|gz|zip|xlsx?|arrow|feather)$/i;

/**
 * Finds the rows: the argument beside the model's name, else `--file`, else standard input.
 *
 * @throws usage if there are none, or more than one source
 */
export async function openRows(context: CommandContext): Promise<RowSource> {
  const { terminal, options, args } = context;
  const [, row] = args;
  const file = textOption(options, 'file');
  if (row !== undefined && file !== undefined) throw usageError('give a row or --file, not both.');
  if (row !== undefined) return { kind: 'json', rows: parseRows(row, 'the row'), name: 'the row' };
  if (file !== undefined) return openRowsFile(file, 'file');
  if (terminal.stdin.isTTY) {
    throw usageError(
      `there are no rows: give one, as in onramp predict ${args[0]} '{"age": 61}', or --file rows.csv, or pipe rows in.`,
    );
  }
  return sniff(terminal.stdin, 'standard input');
}

/**
 * The rows of a file that an option names.
 *
 * @throws usage if it is not there, or no table
 */
export async function openRowsFile(file: string, option: string): Promise<RowSource> {
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) throw usageError(`--${option}: there is no file "${file}".`);
  if (otherEnding.test(file)) {
    throw usageError(`--${option}: "${file}" is not CSV, JSON or JSON Lines; save it as one of these.`);
  }
  const name = basename(file);
  if (pictureEnding.test(file)) {
    const base64 = await readFile(file, 'base64').catch((cause: Error) => unreadable(option, file, cause));
    return { kind: 'picture', base64, name };
  }
  const chunks = readChunks(file, option);
  if (csvEnding.test(file)) return { kind: 'csv', chunks, name };
  if (jsonEnding.test(file)) return { kind: 'json', rows: parseRows(await readAll(chunks), name), name };
  return sniff(chunks, name);
}

/** Opened only when it is read: a stream that fails while the service is still asked would end the process. */
async function* readChunks(file: string, option: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file) as AsyncIterable<Buffer>;
  } catch (cause) {
    unreadable(option, file, cause as Error);
  }
}

function unreadable(option: string, file: string, { message }: Error): never {
  throw usageError(`--${option}: "${file}" cannot be read: ${message}.`);
}

/** JSON begins with a bracket, CSV with a column's name. */
async function sniff(chunks: AsyncIterable<Uint8Array | string>, name: string): Promise<RowSource> {
  const iterator = chunks[Symbol.asyncIterator]();
  const seen: (Uint8Array | string)[] = [];
  let first = '';
  while (first === '') {
    const next = await iterator.next();
    if (next.done) break;
    seen.push(next.value);
    first = Buffer.from(next.value as string)
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .trim();
  }
  async function* all(): AsyncGenerator<Uint8Array | string> {
    yield* seen;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  }
  if (!/^[[{]/.test(first)) return { kind: 'csv', chunks: all(), name };
  return { kind: 'json', rows: parseRows(await readAll(all()), name), name };
}

async function readAll(chunks: AsyncIterable<Uint8Array | string>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk as string));
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}

/** One object, an array of rows, the body of a prediction request, or JSON Lines. */
function parseRows(text: string, name: string): readonly unknown[] {
  const whole = tryJson(text);
  if (!whole.ok) return parseLines(text, name, whole.error);
  if (Array.isArray(whole.value)) return whole.value;
  const { instances } = (whole.value ?? {}) as { readonly instances?: unknown };
  return Array.isArray(instances) ? instances : [whole.value];
}

function parseLines(text: string, name: string, whole: string): unknown[] {
  const lines = text.split(/\r?\n/);
  if (lines.filter((line) => line.trim() !== '').length < 2) throw notJson(name, whole);
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const row = tryJson(line);
    if (!row.ok) throw notJson(`${name}, line ${index + 1},`, row.error);
    return [row.value];
  });
}

function notJson(name: string, reason: string): OnrampError {
  return invalidInput(`${name} is not valid JSON: ${reason}. Write it as in '{"age": 61}'.`);
}

type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: string };

function tryJson(text: string): Parsed {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, error: (error as Error).message };
  }
}
