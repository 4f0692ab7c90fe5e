/** The one place that knows DuckDB: an in-memory database that reads one upload and is then shut off from all files. */
import type { DuckDBAppender, DuckDBValue } from '@duckdb/node-api';
import { internal, invalidInput } from '../core/index.ts';

/** What a query gives back: whole numbers are plain numbers (exact up to 2^53), lists are arrays. */
export type SqlValue = string | number | boolean | null | readonly SqlValue[];

/** One column of a piece of a streamed result. */
export type StreamedColumn = readonly (string | number | null)[];

/** How much of the machine a database may use. */
export interface DatabaseLimits {
  /** Beyond it DuckDB spills to the work directory. Default 1 GiB. */
  readonly memoryLimitBytes?: number;
  /** Default 2. */
  readonly threads?: number;
}

/** An open database; close it when done. */
export interface Database {
  /** All rows of a query. */
  rows(sql: string): Promise<SqlValue[][]>;
  /** A result of numbers and texts piece by piece, column by column; for results too large to hold as rows. */
  stream(sql: string, onChunk: (columns: readonly StreamedColumn[], rows: number) => void): Promise<void>;
  /** As `stream`, at the pace of whoever reads. */
  chunks(sql: string): AsyncIterable<{ readonly columns: readonly StreamedColumn[]; readonly rows: number }>;
  /** Values of a column of bytes, row by row, at the pace of whoever reads. */
  bytes(sql: string): AsyncIterable<Uint8Array | null>;
  /** Rows into a table, at its end; they are there once it is closed. */
  append(table: string): Promise<Appender>;
  /** From now on no SQL can reach a file outside the work directory, and no setting can be changed. */
  lock(): Promise<void>;
  close(): void;
}

/** Adds rows of texts and bytes to a table. */
export interface Appender {
  add(row: readonly (string | Uint8Array | null)[]): void;
  close(): void;
}

/** The library is loaded on first use: importing this folder costs nothing until data is read. */
const loadDuckDb = (): Promise<typeof import('./duckdb-api.ts')> => import('./duckdb-api.ts');

/**
 * Opens an empty in-memory database.
 *
 * @param workDirectory where it may spill; made by the caller, removed by the caller
 */
export async function openDatabase(workDirectory: string, limits: DatabaseLimits = {}): Promise<Database> {
  const { memoryLimitBytes = 1024 ** 3, threads = 2 } = limits;
  const { DuckDBInstance } = await loadDuckDb();
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${Math.ceil(memoryLimitBytes / 1024)}KiB`,
    threads: String(threads),
    temp_directory: workDirectory,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const rows = async (sql: string): Promise<SqlValue[][]> => {
    const reader = await connection.runAndReadAll(sql).catch(rethrow);
    return reader.getRows().map((row) => row.map(plainValue));
  };
  async function* chunks(sql: string) {
    const result = await connection.stream(sql).catch(rethrow);
    for (;;) {
      const chunk = await result.fetchChunk().catch(rethrow);
      if (chunk === null || chunk.rowCount === 0) return;
      // The caller's query decides the kinds of values, so they need not be looked at one by one.
      yield { columns: chunk.getColumns() as StreamedColumn[], rows: chunk.rowCount };
    }
  }
  return {
    rows,
    chunks,
    stream: async (sql, onChunk) => {
      for await (const { columns, rows: count } of chunks(sql)) onChunk(columns, count);
    },
    bytes: async function* (sql) {
      for await (const { columns } of chunks(sql)) {
        for (const value of columns[0] as readonly unknown[]) {
          yield value === null ? null : (value as { readonly bytes: Uint8Array }).bytes;
        }
      }
    },
    append: async (table) => {
      // On a connection of its own: whatever is written ends the results that are still being read on the other.
      const writing = await instance.connect();
      return openAppender(await writing.createAppender(table).catch(rethrow), () => writing.closeSync());
    },
    lock: async () => {
      await rows(`SET allowed_directories = [${sqlText(workDirectory)}]`);
      await rows('SET enable_external_access = false');
      await rows('SET lock_configuration = true');
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Rows kept before they are written: bytes beyond that are memory that nobody counts. */
const maxBufferedBytes = 16_777_216;

function openAppender(appender: DuckDBAppender, release: () => void): Appender {
  let buffered = 0;
  return {
    add: (row) => {
      for (const value of row) {
        if (value === null) appender.appendNull();
        else if (typeof value === 'string') appender.appendVarchar(value);
        else appender.appendBlob(value);
        buffered += value?.length ?? 0;
      }
      appender.endRow();
      if (buffered < maxBufferedBytes) return;
      appender.flushSync();
      buffered = 0;
    },
    close: () => {
      appender.closeSync();
      release();
    },
  };
}

/** A text as an SQL literal. */
export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A column name as an SQL identifier. */
export const sqlName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function plainValue(value: DuckDBValue): SqlValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'object' && 'items' in value && Array.isArray(value.items)) {
    return value.items.map(plainValue);
  }
  throw internal(`A query gave a value of a kind nobody asked for: ${String(value).slice(0, 40)}.`);
}

function rethrow(cause: unknown): never {
  if (cause instanceof Error && /out of memory/i.test(cause.message)) {
    throw invalidInput(
      'The data set does not fit into the memory set aside for it. Upload fewer rows or columns, or raise the memory limit of preprocessing.',
      { code: 'data_exceeds_memory', cause },
    );
  }
  throw cause;
}
