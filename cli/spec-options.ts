/** From the options of `push` to a model's spec; what the fields may hold is the service's to say. */
import { readFile } from 'node:fs/promises';
import { type CommandOption, listOption, type OptionValues, textOption, usageError } from './command.ts';

/** Options that are fields of the spec. */
export const specOptions: Readonly<Record<string, CommandOption>> = {
  target: { value: 'COLUMN', about: 'the column to predict' },
  dataset: {
    value: 'NAME',
    about: 'data set the file becomes the newest version of (the name of the model)',
  },
  task: {
    value: 'TASK',
    about:
      'classification, regression, forecast (found out from the target), clustering or anomaly (without one)',
  },
  labels: { value: 'COLUMN', about: 'anomalies: a column that tells which rows are some, to measure by' },
  learner: {
    value: 'NAME',
    about: 'auto (the best of linear, forest and boosting), or one of docs/learners.md',
  },
  metric: { value: 'NAME', about: 'what models are chosen and compared by, such as auc, f1, rmse' },
  positive: { value: 'CLASS', about: 'the class that precision, recall and AUC are about' },
  exclude: {
    value: 'A,B',
    about: `columns not to learn from; may be repeated; '"a, b",c' names one with a comma`,
    multiple: true,
  },
  missing: {
    value: 'A,B',
    about: 'texts that mean a value is missing, such as "NA,?"; may be repeated',
    multiple: true,
  },
  relabel: { value: 'OLD=NEW,...', about: 'renames classes; * is every other, as in "None=no,*=yes"' },
  split: {
    value: 'KIND:COLUMN',
    about: 'time:date tests on the newest rows, grouped:patient on unseen groups',
  },
  time: { value: 'COLUMN', about: 'makes it a forecast: the column that says when each row was' },
  horizon: { value: 'STEPS', about: 'how many steps are forecast; goes with --time' },
  series: { value: 'A,B', about: 'columns that tell which series a row is of', multiple: true },
  known: {
    value: 'A,B',
    about: 'columns that are known for the future too, such as holidays',
    multiple: true,
  },
  schedule: { value: 'WHEN', about: 'when to evaluate, as in "rate(1 day)" or "cron(0 6 * * ? *)"' },
  seed: { value: 'N', about: 'seed of every random choice' },
  spec: { value: 'FILE', about: 'the spec as a JSON file; other options override its fields' },
};

/** True if the line says anything of the spec. */
export const saysSpec = (options: OptionValues): boolean =>
  Object.keys(specOptions).some((name) => options[name] !== undefined);

/** A spec as it is sent: at least the data set is known. */
export type SpecDraft = { readonly dataset: string } & Readonly<Record<string, unknown>>;

/**
 * Puts the spec together: the file's fields, then the options.
 *
 * @param usualTarget what is predicted where nothing is said
 * @throws usage naming the option
 */
export async function readSpec(
  options: OptionValues,
  model: string,
  usualTarget?: string,
): Promise<SpecDraft> {
  const base = await readSpecFile(textOption(options, 'spec'));
  const text = (name: string) => given(name, textOption(options, name));
  const [exclude, missing] = [listOption(options, 'exclude'), listOption(options, 'missing')];
  const spec = {
    ...base,
    ...text('target'),
    ...text('task'),
    ...text('labels'),
    ...text('learner'),
    ...text('metric'),
    ...text('positive'),
    ...text('schedule'),
    ...given('relabel', parse(options, 'relabel', parseRelabel)),
    ...given('split', parse(options, 'split', parseSplit)),
    ...given('seed', parse(options, 'seed', parseSeed)),
    ...given('series', seriesOf(options, base.series)),
    ...(missing.length > 0 && { missing }),
    ...(exclude.length > 0 && { features: { ...(base.features as object | undefined), exclude } }),
  };
  const asksTarget = !('target' in spec) && !isUnsupervised(spec);
  if (asksTarget && usualTarget === undefined) {
    throw usageError('--target is missing: name the column to predict, as in --target disease');
  }
  return {
    ...(asksTarget && { target: usualTarget }),
    ...spec,
    dataset: textOption(options, 'dataset') ?? (base.dataset as string | undefined) ?? model,
  };
}

const isUnsupervised = ({ task }: Readonly<Record<string, unknown>>): boolean =>
  task === 'clustering' || task === 'anomaly';

/** What the options say of series, over what the file says; nothing if neither speaks of them. */
function seriesOf(options: OptionValues, base: unknown): Record<string, unknown> | undefined {
  const [id, known] = [listOption(options, 'series'), listOption(options, 'known')];
  const said = {
    ...given('time', textOption(options, 'time')),
    ...given('horizon', parse(options, 'horizon', parseHorizon)),
    ...(id.length > 0 && { id }),
    ...(known.length > 0 && { known }),
  };
  return Object.keys(said).length === 0 ? undefined : { ...(base as object | undefined), ...said };
}

function parseHorizon(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw usageError(`--horizon is "${text}"; give a whole number of steps.`);
}

const given = (name: string, value: unknown): Record<string, unknown> =>
  value === undefined ? {} : { [name]: value };

function parse<T>(options: OptionValues, name: string, read: (text: string) => T): T | undefined {
  const text = textOption(options, name);
  return text === undefined ? undefined : read(text);
}

async function readSpecFile(path: string | undefined): Promise<Readonly<Record<string, unknown>>> {
  if (path === undefined) return {};
  const text = await readFile(path, 'utf8').catch(() => {
    throw usageError(`--spec: there is no file "${path}".`);
  });
  let spec: unknown;
  try {
    spec = JSON.parse(text);
  } catch (error) {
    throw usageError(`--spec: "${path}" is not JSON: ${(error as Error).message}.`);
  }
  if (typeof spec === 'object' && spec !== null && !Array.isArray(spec))
    return spec as Record<string, unknown>;
  throw usageError(`--spec: "${path}" must hold a JSON object such as {"target": "disease"}.`);
}

function parseRelabel(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair) => {
    const mark = pair.indexOf('=');
    if (mark < 1 || mark === pair.length - 1) {
      throw usageError(`--relabel: "${pair}" is not OLD=NEW; write it as in --relabel "None=no,*=yes"`);
    }
    return [pair.slice(0, mark).trim(), pair.slice(mark + 1).trim()] as const;
  });
  return Object.fromEntries(pairs);
}

function parseSplit(text: string): { readonly kind: string; readonly column?: string } {
  const mark = text.indexOf(':');
  const kind = mark < 0 ? text : text.slice(0, mark);
  const column = mark < 0 ? '' : text.slice(mark + 1);
  return { kind, ...(column !== '' && { column }) };
}

function parseSeed(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw usageError(`--seed is "${text}"; give a whole number from 0 on.`);
}
