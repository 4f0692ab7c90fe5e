/** The files a job makes: one line a row with its prediction, and one line an error, written as they come. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { RowsJobRecord } from '../../contracts/jobs.ts';
import type { VersionManifest } from '../../contracts/records.ts';
import { csvToParquet, type DatabaseLimits, type ParquetColumn } from '../../dataset/index.ts';
import { number32 } from '../../serve/index.ts';
import { answerForm, csvCell } from './answer-form.ts';
import { type LocalFile, localFile } from './local-file.ts';
import type { ChunkAnswers } from './predict-chunk.ts';
import type { RowChunk } from './row-chunks.ts';
import { openRowErrors } from './row-errors.ts';

/** Result and error file while they grow. */
export interface ResultFiles {
  write(chunk: RowChunk, answers: ChunkAnswers): Promise<void>;
  /** Finishes both; there is no error file without an error. */
  end(): Promise<{ readonly result: LocalFile; readonly errors: LocalFile | null }>;
  /** Closes what is open, to leave it. */
  close(): Promise<void>;
}

/** Where and how results are written. */
export interface ResultFileOptions {
  readonly directory: string;
  readonly manifest: VersionManifest;
  readonly output: RowsJobRecord['output'];
  readonly options: RowsJobRecord['options'];
  readonly limits: DatabaseLimits;
}

/** Opens the files in a folder. Parquet is written as CSV first and turned into it at the end. */
export async function openResultFiles(options: ResultFileOptions): Promise<ResultFiles> {
  const { directory, output } = options;
  const { format } = output;
  const text = format === 'jsonl' ? 'result.jsonl' : 'result.csv';
  const result = await open(join(directory, text), 'w');
  const errors = await openRowErrors(directory);
  const handles = [result, errors];
  const lines = format === 'jsonl' ? jsonLines(options) : csvLines(options);
  let rows = 0;
  await result.write(lines.head);
  const close = async (): Promise<void> => {
    await Promise.all(handles.splice(0).map((handle) => handle.close()));
  };
  return {
    close,
    write: async (chunk, answers) => {
      const body = lines.body(chunk, answers);
      await result.writeFile(body);
      rows += chunk.rows;
      await errors.write(answers.errors);
    },
    end: async () => {
      await close();
      if (format === 'parquet') await toParquet(options, lines);
      return {
        result: await localFile(directory, `result.${format}`, rows),
        errors: await errors.end(),
      };
    },
  };
}

function toParquet(
  { directory, limits }: ResultFileOptions,
  { columns, longest }: Pick<Lines, 'columns' | 'longest'>,
): Promise<void> {
  const [from, to] = [join(directory, 'result.csv'), join(directory, 'result.parquet')];
  // A UTF-16 unit takes at most three bytes.
  const lineBytes = 3 * longest();
  return csvToParquet({ from, to, columns, lineBytes, workDirectory: directory, ...limits });
}

/** How lines are made. */
interface Lines {
  readonly columns: readonly ParquetColumn[];
  readonly head: string;
  /** Length of the longest line so far. */
  longest(): number;
  body(chunk: RowChunk, answers: ChunkAnswers): string;
}

/** A numbered line for each answer. */
function csvLines({ manifest, output, options }: ResultFileOptions): Lines {
  const columns = columnsOf(manifest, output.keep);
  const form = answerForm(manifest.schema);
  const blank = ','.repeat(form.columns.length - 1);
  const number = (value: number): string => csvNumber(value, options.non_finite);
  const answer = ({ outputs }: ChunkAnswers, place: number): string =>
    place < 0 ? blank : form.cells(outputs, place, number);
  const head = `${columns.map(({ name }) => csvCell(name)).join(',')}\n`;
  let longest = head.length;
  return {
    columns,
    head,
    longest: () => longest,
    body: ({ start, rows, kept }, answers) => {
      const { places, warnings } = answers;
      const codes = new Map(answers.errors.map(({ row, code }) => [row, code]));
      let text = '';
      for (let row = 0; row < rows; row += 1) {
        const before = text.length;
        text += start + row;
        for (const column of kept) text += `,${csvCell(column[row] ?? '')}`;
        text += `,${answer(answers, places[row]!)},${warnings[row]},${codes.get(start + row) ?? ''}\n`;
        longest = Math.max(longest, text.length - before);
      }
      return text;
    },
  };
}

/** Our columns make way for those of the input. Readers of Parquet take names that differ in case only for one. */
function columnsOf({ schema }: VersionManifest, keep: readonly string[]): readonly ParquetColumn[] {
  const taken = new Set(keep.map((name) => name.toLowerCase()));
  const own = (name: string, type: ParquetColumn['type']): ParquetColumn => {
    let free = name;
    while (taken.has(free.toLowerCase())) free = `onramp_${free}`;
    taken.add(free.toLowerCase());
    return { name: free, type };
  };
  const answers = answerForm(schema).columns.map(({ name, type }) => own(name, type));
  return [
    own('row', 'BIGINT'),
    ...keep.map((name) => ({ name, type: 'VARCHAR' }) as const),
    ...answers,
    own('warnings', 'INTEGER'),
    own('error', 'VARCHAR'),
  ];
}

function csvNumber(value: number, policy: RowsJobRecord['options']['non_finite']): string {
  if (Number.isFinite(value)) return number32(value, policy, 'row');
  return policy === 'string' ? String(value) : '';
}

/** One object a row, its prediction in the form of the API. */
function jsonLines({ manifest, output, options }: ResultFileOptions): Lines {
  const form = answerForm(manifest.schema);
  const names = output.keep.map((name) => JSON.stringify(name));
  const number = (value: number): string => number32(value, options.non_finite, 'row');
  const answer = ({ outputs }: ChunkAnswers, place: number): string => form.fields(outputs, place, number);
  return {
    columns: [],
    head: '',
    longest: () => 0,
    body: ({ start, rows, kept }, answers) => {
      const { places, warnings } = answers;
      const codes = new Map(answers.errors.map(({ row, code }) => [row, code]));
      let text = '';
      for (let row = 0; row < rows; row += 1) {
        text += `{"row":${start + row}`;
        if (kept.length > 0) {
          const pairs = kept.map((column, index) => `${names[index]}:${JSON.stringify(column[row] ?? null)}`);
          text += `,"input":{${pairs.join(',')}}`;
        }
        const place = places[row]!;
        text +=
          place < 0
            ? `,"error":${JSON.stringify(codes.get(start + row) ?? null)}}\n`
            : `,${answer(answers, place)},"warnings":${warnings[row]}}\n`;
      }
      return text;
    },
  };
}
