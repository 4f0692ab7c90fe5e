/** The target column as the profile needs it: class sizes, and a sample on which single columns are judged. */
import type { ProfileWarning } from '../contracts/profile.ts';
import type { TypedColumn } from './infer-types.ts';
import type { LeakageFeature, LeakageTarget } from './leakage.ts';
import { type Leak, leakageJudge } from './leakage.ts';
import type { DatasetHandle } from './read-dataset.ts';
import { type Relabel, relabelText } from './relabel.ts';
import { excerpt } from './upload-error.ts';
import { readNumbers, readTexts, type ValueRules, valueSql } from './value-sql.ts';

/** What is to be predicted. */
export interface TargetOptions {
  readonly target: string;
  /** Without it: a class for texts and for at most ten different whole numbers, else a number. */
  readonly task?: 'classification' | 'regression';
  /** New names of target values; `*` stands for all that are not named. */
  readonly relabel?: Relabel;
}

/** The target, and warnings about it alone. */
export interface ProfileTarget {
  readonly name: string;
  readonly warnings: readonly ProfileWarning[];
  /** The reason to suspect a column, or `null`. Takes the values of all rows. */
  judge(feature: LeakageFeature): Leak | null;
}

const sampledRows = 20_000;
const imbalancedShare = 0.8;
/** Fewer rows of a class than folds of a cross-validation. */
const rareClassRows = 5;

/** Reads the target and looks at its classes. */
export async function readTarget(
  handle: DatasetHandle,
  column: TypedColumn,
  options: TargetOptions & ValueRules,
): Promise<ProfileTarget> {
  const { name, index } = column.survey;
  const value = valueSql(index, options);
  if (isClasses(column, options)) {
    const [texts = []] = await readTexts(handle.database, [value]);
    const labels = texts.map((text) => relabelled(text, options.relabel));
    const { codes, values: classes } = encode(labels);
    return {
      name,
      warnings: [
        ...missingTarget(
          name,
          countOf(codes, (code) => code < 0),
        ),
        ...classWarnings(name, codes, classes),
      ],
      judge: judgeOn(
        sampleRows(codes, (code) => code >= 0),
        (rows) => ({
          kind: 'classes',
          codes: take(codes, rows),
          classes: classes.length,
        }),
      ),
    };
  }
  const [values = new Float64Array()] = await readNumbers(handle.database, [value], handle.rows);
  return {
    name,
    warnings: missingTarget(name, countOf(values, Number.isNaN)),
    judge: judgeOn(
      sampleRows(values, (number) => !Number.isNaN(number)),
      (rows) => ({
        kind: 'numbers',
        values: take(values, rows),
      }),
    ),
  };
}

function isClasses({ type, survey }: TypedColumn, { task, relabel }: TargetOptions): boolean {
  if (task !== undefined) return task === 'classification';
  if (relabel !== undefined || type !== 'numeric') return true;
  return survey.distinct <= 10 && survey.integers === survey.numbers;
}

function relabelled(text: string | null, relabel: TargetOptions['relabel']): string | null {
  return text === null || relabel === undefined ? text : relabelText(text, relabel);
}

/** Codes of texts in order of first appearance; -1 is missing. */
export function encode(texts: readonly (string | null)[]): { codes: Int32Array; values: readonly string[] } {
  const known = new Map<string, number>();
  const codes = Int32Array.from(texts, (text) => {
    if (text === null) return -1;
    const code = known.get(text) ?? known.size;
    known.set(text, code);
    return code;
  });
  return { codes, values: [...known.keys()] };
}

/** Evenly spaced rows among those with a target, so that a sorted file is sampled from end to end. */
function sampleRows<T extends Int32Array | Float64Array>(
  values: T,
  isPresent: (value: number) => boolean,
): Uint32Array {
  const present = Uint32Array.from([...values.keys()].filter((row) => isPresent(values[row] as number)));
  if (present.length <= sampledRows) return present;
  return Uint32Array.from(
    { length: sampledRows },
    (_, index) => present[Math.floor((index * present.length) / sampledRows)] as number,
  );
}

function take<T extends Int32Array | Float64Array>(values: T, rows: Uint32Array): T {
  const taken = values.slice(0, rows.length) as T;
  for (const [index, row] of rows.entries()) taken[index] = values[row] as number;
  return taken;
}

function judgeOn(rows: Uint32Array, targetOn: (rows: Uint32Array) => LeakageTarget): ProfileTarget['judge'] {
  const judge = leakageJudge(targetOn(rows));
  return (feature) =>
    judge(
      feature.kind === 'numbers'
        ? { kind: 'numbers', values: take(feature.values, rows) }
        : { kind: 'codes', codes: take(feature.codes, rows) },
    );
}

function countOf(values: Iterable<number>, counts: (value: number) => boolean): number {
  let count = 0;
  for (const value of values) count += Number(counts(value));
  return count;
}

function missingTarget(name: string, missing: number): readonly ProfileWarning[] {
  if (missing === 0) return [];
  const message = `${missing} rows have no value of the target; nothing can be learnt from them.`;
  return [{ code: 'missing_target', column: name, message }];
}

function classWarnings(
  name: string,
  codes: Int32Array,
  classes: readonly string[],
): readonly ProfileWarning[] {
  const counts = new Int32Array(classes.length);
  for (const code of codes) if (code >= 0) counts[code] = (counts[code] as number) + 1;
  const present = counts.reduce((sum, count) => sum + count, 0);
  const warnings: ProfileWarning[] = [];
  // Not Math.max(...counts): there may be as many classes as rows, more than a call takes arguments.
  const largest = counts.reduce((most, count, code) => (count > (counts[most] as number) ? code : most), 0);
  const share = (counts[largest] as number) / present;
  if (classes.length > 1 && share >= imbalancedShare) {
    warnings.push({
      code: 'imbalanced_target',
      column: name,
      message: `${(100 * share).toFixed(1)} % of the rows are "${excerpt(classes[largest] as string)}": always answering that scores an accuracy of ${share.toFixed(3)}. Judge models by AUC, balanced accuracy or F1.`,
    });
  }
  const rare = classes.filter((_, code) => (counts[code] as number) < rareClassRows);
  if (rare.length > 0) {
    const names = rare.slice(0, 5).map((label) => `"${excerpt(label, 30)}"`);
    warnings.push({
      code: 'rare_class',
      column: name,
      message: `${rare.length} class(es) have fewer than ${rareClassRows} rows (${names.join(', ')}${rare.length > 5 ? ', ...' : ''}): too few to learn from and to test on. Merge them with others or add rows.`,
    });
  }
  return warnings;
}
