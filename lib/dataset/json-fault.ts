/** Finds what is wrong with a JSON file that DuckDB refused, and on which line. */
import { createReadStream } from 'node:fs';
import { excerpt, type FileFault, megabytes } from './upload-error.ts';

/** One JSON value that starts on a line. */
interface JsonValue {
  readonly text: string;
  readonly line: number;
  /** False when the file ended inside it. */
  readonly complete: boolean;
}

/**
 * Reads value after value (lines, or elements of one array) until one is not an object.
 *
 * @param maxBytes longest value allowed
 * @returns `null` when every value is a well-formed object
 */
export async function findJsonFault(path: string, maxBytes: number): Promise<FileFault | null> {
  for await (const value of jsonValues(path, maxBytes)) {
    const fault = faultOf(value, maxBytes);
    if (fault !== null) return fault;
  }
  return null;
}

function faultOf({ text, line, complete }: JsonValue, maxBytes: number): FileFault | null {
  if (text.length > maxBytes) {
    return {
      code: 'line_too_long',
      line,
      message: `One object is larger than ${megabytes(maxBytes)}, which is the limit.`,
    };
  }
  if (!complete) {
    return {
      code: 'truncated_file',
      line,
      message:
        'The file ends inside the value that begins on this line: it is cut off. Upload it again, whole.',
    };
  }
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (isObject) return halfCharacter(value, line);
    return {
      code: 'not_an_object',
      line,
      message: `Expected an object with column names as keys, found "${excerpt(text)}". Write each row as {"column": value, ...}.`,
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : '';
    return { code: 'malformed_json', line, message: `Not valid JSON: ${excerpt(reason, 120)}`, cause };
  }
}

/** JavaScript reads one half of a surrogate pair and writes it as an escape; DuckDB takes it for no JSON. */
const loneSurrogate = /(?<!\\)(?:\\\\)*(\\ud[89a-f][0-9a-f]{2})/;

function halfCharacter(value: object, line: number): FileFault | null {
  const [, half] = loneSurrogate.exec(JSON.stringify(value)) ?? [];
  if (half === undefined) return null;
  const message = `Not valid JSON: ${half} is half a character, which stands for nothing. Remove it, or write both halves.`;
  return { code: 'malformed_json', line, message };
}

/** Splits a file into its top-level objects, with or without one array around them. */
async function* jsonValues(path: string, maxBytes: number): AsyncGenerator<JsonValue> {
  const splitter = createSplitter();
  const chunks = createReadStream(path, {
    encoding: 'utf8',
    highWaterMark: 1 << 18,
  }) as AsyncIterable<string>;
  for await (const chunk of chunks) {
    yield* splitter.push(chunk);
    if (splitter.pending().text.length > maxBytes) break;
  }
  const rest = splitter.pending();
  if (rest.text.trim() !== '' || !rest.complete) yield rest;
}

interface Splitter {
  push(chunk: string): JsonValue[];
  pending(): JsonValue;
}

/** Depth counts brackets inside a value; those of an array around all values are not part of it. */
function createSplitter(): Splitter {
  let inArray: boolean | null = null;
  let closed = false;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let line = 1;
  let startLine = 1;
  let text = '';
  const flush = (): JsonValue[] => {
    const value = { text: text.trim(), line: startLine, complete: true };
    text = '';
    return value.text === '' ? [] : [value];
  };
  const insideString = (character: string): void => {
    if (escaped) escaped = false;
    else if (character === '\\') escaped = true;
    else if (character === '"') inString = false;
    text += character;
  };
  const endsValue = (character: string): boolean =>
    depth === 0 && (character === '\n' || (inArray === true && /[,\]]/.test(character)));
  const outside = (character: string): JsonValue[] => {
    if (endsValue(character)) {
      closed ||= character === ']';
      return flush();
    }
    if (text === '') startLine = line;
    if (/[[{]/.test(character)) depth += 1;
    if (/[\]}]/.test(character)) depth -= 1;
    inString = character === '"';
    text += character;
    return [];
  };
  return {
    push(chunk) {
      const values: JsonValue[] = [];
      for (const character of chunk) {
        if (inString) insideString(character);
        else if (text !== '' || !/\s/.test(character)) {
          if (inArray === null && character === '[') inArray = true;
          else values.push(...outside(character));
          inArray ??= false;
        }
        if (character === '\n') line += 1;
      }
      return values;
    },
    pending: () => ({
      text,
      line: startLine,
      complete: depth <= 0 && !inString && (inArray !== true || closed),
    }),
  };
}
