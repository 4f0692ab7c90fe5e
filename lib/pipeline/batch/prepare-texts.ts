/** Texts of a file become the tensors that a container takes: their tokens, as those of requests. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { JobRowError } from '../../contracts/jobs.ts';
import { preparationLimits } from '../../contracts/limits.ts';
import { invalidInput, isOnrampError, type OnrampError, parseJson } from '../../core/index.ts';
import { type DatasetHandle, streamRows } from '../../dataset/index.ts';
import { type EmbeddingModel, loadInputMakers } from '../../serve/index.ts';
import { type BatchContext, type Input, openTable } from './open-input.ts';
import type { Prepared, TellRows } from './prepare-job.ts';
import { openRowErrors } from './row-errors.ts';

/** What is to be made of which texts. */
export interface TextsToPrepare {
  readonly input: Input;
  readonly preparation: { readonly tokenizer: string };
  readonly tell: TellRows;
}

/** Texts some at a time, and where each stands in the file. */
interface Texts {
  readonly rows: number;
  readonly chunks: AsyncIterable<readonly unknown[]> | Iterable<readonly unknown[]>;
  readonly placeOf: (row: number) => { readonly place: string; readonly field: string | null };
}

/** @throws as requests for vectors of the model are refused, but for what is wrong with a text: that is told of each */
export async function prepareTexts(
  context: BatchContext,
  { input, preparation, tell }: TextsToPrepare,
): Promise<Prepared> {
  const makers = await loadInputMakers();
  const model = makers.requireEmbeddings(await context.models.resolve(preparation.tokenizer));
  const { directory } = input;
  if (input.isBody) {
    const instances = makers.textInstances(parseJson(await readFile(input.path, 'utf8')));
    return writeTensors({ makers, model }, { texts: bodyTexts(instances), tell, directory });
  }
  const handle = await openTable(context, input);
  try {
    return await writeTensors({ makers, model }, { texts: tableTexts(handle), tell, directory });
  } finally {
    handle.close();
  }
}

/** What texts become tensors with. */
interface Tools {
  readonly makers: Awaited<ReturnType<typeof loadInputMakers>>;
  readonly model: EmbeddingModel;
}

/** Texts of one turn: others, such as the sign of life, have theirs in between. */
const chunkRows = 256;

function bodyTexts(instances: readonly unknown[]): Texts {
  const starts = Array.from({ length: Math.ceil(instances.length / chunkRows) }, (_, at) => at * chunkRows);
  return {
    rows: instances.length,
    chunks: starts.map((start) => instances.slice(start, start + chunkRows)),
    placeOf: (row) => ({ place: `instances[${row}]`, field: null }),
  };
}

/** The texts are in the only column, or in the one that is called so. */
function tableTexts(handle: DatasetHandle): Texts {
  const { columns, fileName, rows } = handle;
  const name = columns.length === 1 ? columns[0]! : 'text';
  if (!columns.includes(name)) {
    throw invalidInput(
      `${fileName}: There is no column "text"; call the one with the texts so, or bring it alone.`,
      { code: 'missing_column', param: 'text' },
    );
  }
  async function* chunks(): AsyncGenerator<readonly unknown[]> {
    for await (const part of streamRows(handle, [{ name, type: 'text' }], chunkRows)) yield part.columns[0]!;
  }
  return { rows, chunks: chunks(), placeOf: () => ({ place: name, field: name }) };
}

async function writeTensors(
  tools: Tools,
  { texts, tell, directory }: { readonly texts: Texts; readonly tell: TellRows; readonly directory: string },
): Promise<Prepared> {
  const { rows, chunks, placeOf } = texts;
  const errors = await openRowErrors(directory);
  const lists: (readonly number[])[] = [];
  let [row, total] = [0, 0];
  let firstError: JobRowError | null = null;
  try {
    for await (const chunk of chunks) {
      const found: JobRowError[] = [];
      for (const text of chunk) {
        const given = await tokensOf(tools, text, { row, ...placeOf(row) });
        if ('code' in given) found.push(given);
        else {
          lists.push(given);
          total += given.length;
        }
        row += 1;
      }
      if (total > preparationLimits.tokens) throw tooMany(rows, total);
      await errors.write(found);
      firstError ??= found[0] ?? null;
      tell(row, rows);
      await nextTurn();
    }
    const path = join(directory, 'prepared');
    if (!firstError) await writeFile(path, tensorsOf(tools, lists));
    return { rows, contentType: 'application/json', path, errors: await errors.end(), firstError };
  } finally {
    await errors.close();
  }
}

interface Place {
  readonly row: number;
  readonly place: string;
  readonly field: string | null;
}

async function tokensOf(
  { makers, model }: Tools,
  text: unknown,
  { row, place, field }: Place,
): Promise<readonly number[] | JobRowError> {
  if (typeof text !== 'string' || text === '') {
    return { row, field, code: 'invalid_field', message: `"${place}" must be a text that is not empty.` };
  }
  try {
    const [tokens] = await makers.tokenLists(model, [text], () => place);
    return tokens!;
  } catch (error) {
    if (!isOnrampError(error) || error.kind !== 'invalid_request') throw error;
    return { row, field, code: error.code, message: error.message };
  }
}

function tensorsOf({ makers, model }: Tools, lists: readonly (readonly number[])[]): string {
  const padded = lists.length * makers.longestOf(lists);
  if (padded > preparationLimits.tokens) throw tooMany(lists.length, padded);
  return makers.writeTokens(model, lists);
}

const tooMany = (texts: number, tokens: number): OnrampError =>
  invalidInput(
    `The ${texts} texts have ${tokens} tokens or more, padded to the longest; ${preparationLimits.tokens} go to a container at once: bring them in several files, long and short ones apart.`,
    { code: 'too_many_tokens', param: 'input' },
  );
