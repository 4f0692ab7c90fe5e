/** Rows of a file become the matrix that a container takes: read and encoded as those of requests are. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobRowError } from '../../contracts/jobs.ts';
import { loadInputMakers, type MatrixForm, type RowModel, requireRows } from '../../serve/index.ts';
import { type BatchContext, type Input, withRows } from './open-input.ts';
import { decodeChunk } from './predict-chunk.ts';
import type { Prepared, TellRows } from './prepare-job.ts';
import type { RowChunks } from './row-chunks.ts';
import { openRowErrors } from './row-errors.ts';

/** What is to be made of which rows. */
export interface RowsToPrepare {
  readonly input: Input;
  readonly preparation: { readonly transform: string; readonly format: 'json' | 'csv' };
  readonly tell: TellRows;
}

/** @throws as requests for predictions of the model are refused, but for what is wrong with a row: that is told of each */
export async function prepareRows(
  context: BatchContext,
  { input, preparation, tell }: RowsToPrepare,
): Promise<Prepared> {
  const model = requireRows(await context.models.resolve(preparation.transform));
  const { matrixForms } = await loadInputMakers();
  const form = matrixForms[preparation.format];
  return withRows(context, { ...input, model, keep: [] }, (rows) =>
    writeMatrix(context, { model, form, rows, tell, directory: input.directory }),
  );
}

interface MatrixToWrite {
  readonly model: RowModel;
  readonly form: MatrixForm;
  readonly rows: RowChunks;
  readonly tell: TellRows;
  readonly directory: string;
}

async function writeMatrix(
  { artifacts }: BatchContext,
  { model, form, rows: { rows, chunks }, tell, directory }: MatrixToWrite,
): Promise<Prepared> {
  const { contentType, head, between, tail, write } = form;
  const { rowEncoder } = await loadInputMakers();
  const encode = await rowEncoder(artifacts, model);
  const path = join(directory, 'prepared');
  const errors = await openRowErrors(directory);
  const file = await open(path, 'w');
  let firstError: JobRowError | null = null;
  try {
    for await (const chunk of chunks) {
      const found = new Map<number, JobRowError>();
      const { feeds } = decodeChunk(model, chunk, { options: { strict: false }, errors: found });
      const told = [...found.values()].sort((left, right) => left.row - right.row);
      await errors.write(told);
      firstError ??= told[0] ?? null;
      // Once a row is wrong nothing goes to the container: the others are read to tell of all that are.
      if (!firstError)
        await file.writeFile(`${chunk.start === 0 ? head : between}${write(await encode(feeds))}`);
      tell(chunk.start + chunk.rows, rows);
    }
    await file.writeFile(tail);
    return { rows, contentType, path, errors: await errors.end(), firstError };
  } finally {
    await file.close();
    await errors.close();
  }
}
