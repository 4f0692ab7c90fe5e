/** Parts the rows of a problem as the spec wants it, or as its task calls for. */
import type { ModelSpec } from '../contracts/model-spec.ts';
import type { DatasetProfile } from '../contracts/profile.ts';
import { invalidInput } from '../core/index.ts';
import { type Split, splitTable, type Table } from '../dataset/index.ts';

/** A date-time column with this share of different values says one row is one moment. */
const uniqueMoments = 0.95;

/** What decides how rows are parted beside the spec. */
export interface SplitSettings {
  readonly profile: DatasetProfile;
  readonly seed: number;
  readonly task: 'classification' | 'regression' | 'clustering' | 'anomaly';
}

/** @throws invalid_request `unknown_column` where a column is needed that is not there, or what the split refuses */
export function splitRows(table: Table, spec: ModelSpec, { profile, seed, task }: SplitSettings): Split {
  const asked = spec.split?.kind ?? 'auto';
  const kind = asked === 'auto' ? automaticSplit(task, spec, profile) : asked;
  if (kind === 'random') return splitTable(table, { kind, seed });
  if (kind === 'stratified') {
    return spec.target !== undefined && task === 'classification'
      ? splitTable(table, { kind, target: spec.target, seed })
      : splitTable(table, { kind: 'random', seed });
  }
  const column = kind === 'time' ? timeColumn(spec, profile) : spec.split?.column;
  if (column === undefined || !table.columns.some(({ name }) => name === column)) {
    const needed = kind === 'time' ? 'date-time' : 'group';
    throw invalidInput(
      column === undefined
        ? `A ${kind} split needs a ${needed} column; name it in "split.column".`
        : `The split column "${column}" is not in the data; name a ${needed} column there.`,
      { code: 'unknown_column', param: 'split.column' },
    );
  }
  return kind === 'time'
    ? splitTable(table, { kind, time: column })
    : splitTable(table, { kind, group: column, seed });
}

/** Numbers that come one row a moment are a series and are tested on later rows; all else at random. */
function automaticSplit(
  task: SplitSettings['task'],
  spec: ModelSpec,
  profile: DatasetProfile,
): 'stratified' | 'random' | 'time' {
  if (task === 'classification') return 'stratified';
  return task === 'regression' && timeColumn(spec, profile) !== undefined ? 'time' : 'random';
}

/** The date-time column that the spec names, or whose values are one a row. */
export function timeColumn(spec: ModelSpec, { columns, rows }: DatasetProfile): string | undefined {
  if (spec.split?.column !== undefined) return spec.split.column;
  return columns.find(
    ({ type, distinct, missing }) => type === 'datetime' && missing === 0 && distinct >= uniqueMoments * rows,
  )?.name;
}
