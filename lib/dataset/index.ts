/** Data sets: read any table, say what is in it, keep it as columns, split it. */

export { csvToParquet, type ParquetColumn } from './csv-to-parquet.ts';
export { digestFile } from './digest-file.ts';
export type { DatabaseLimits } from './duckdb.ts';
export type { PictureMode, ReadLimits } from './load-options.ts';
export { type ProfileOptions, profileDataset } from './profile.ts';
export { type DatasetHandle, type ReadDatasetOptions, readDataset } from './read-dataset.ts';
export { type Relabel, relabelText } from './relabel.ts';
export { type Split, type SplitPlan, splitFolds, splitTable } from './stable-split.ts';
export { type RowColumn, type RowPart, streamRows } from './stream-rows.ts';
export { loadTable, type TableOptions, tableOptions, writeParquet } from './table.ts';
export type {
  Column,
  ColumnType,
  Fold,
  ImageColumn,
  NumericColumn,
  Table,
  TextColumn,
} from './types.ts';
