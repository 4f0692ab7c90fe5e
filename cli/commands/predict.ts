/** `onramp predict`: rows in, predictions out; CSV in gives CSV out. */

import { type PredictAnswer, type Prediction, shortNumber, tableLines } from '../../lib/client/index.ts';
import { isImported, type ModelSchema, type PredictionWarning } from '../../lib/contracts/index.ts';
import { invalidInput, notReady } from '../../lib/core/index.ts';
import { createAsker, joinAnswers } from '../asker.ts';
import { batchOptions, runBatch } from '../batch.ts';
import {
  type Command,
  type CommandContext,
  exitCodes,
  note,
  printJson,
  printLines,
  textOption,
  usageError,
} from '../command.ts';
import { csvLine, openCsv } from '../csv.ts';
import { compileRowReader } from '../csv-rows.ts';
import { openRows, type RowSource } from '../rows.ts';

const shownWarnings = 10;

export const predictCommand: Command = {
  name: 'predict',
  args: ['MODEL', '[ROWS]'],
  summary: 'ask a model about rows',
  about: `Asks a model about one row or many, given on the line, in a file or through a pipe, as JSON, JSON Lines or CSV.
JSON gives a table; CSV gives the same CSV with the predictions in new columns; --json gives the answer of the API.
Warnings, such as a value outside the training data, go to stderr.`,
  examples: [
    `onramp predict heart '{"age": 61, "sex": "F"}'`,
    `onramp predict heart --json '{"age": 61, "sex": "F"}'`,
    'onramp predict heart --file patients.csv > answers.csv',
    'onramp predict heart --version 2 < patients.jsonl',
    'onramp predict flowers --file rose.jpg',
    'onramp predict heart --file millions.csv --async',
  ],
  options: {
    file: {
      value: 'FILE',
      about: 'rows as .csv, .json or .jsonl, or a picture; without it, standard input',
    },
    version: { value: 'N', about: 'ask this version instead of the live one' },
    async: { about: 'upload the file and let a job predict, as "onramp batch" does; takes its options' },
    ...batchOptions,
  },
  run: async (context) => {
    if (context.options.async === true) return predictByJob(context);
    const misplaced = Object.keys(batchOptions).find((name) => context.options[name] !== undefined);
    if (misplaced !== undefined)
      throw usageError(`--${misplaced} goes with --async; see "onramp batch --help".`);
    const rows = await openRows(context);
    if (rows.kind === 'csv') return predictCsv(context, rows);
    return predictJson(context, rows.kind === 'json' ? rows : await pictureRow(context, rows));
  },
};

async function predictByJob(context: CommandContext): Promise<number> {
  const file = textOption(context.options, 'file');
  if (file === undefined || context.args[1] !== undefined) {
    throw usageError('--async takes its rows from a file: give --file, and no row.');
  }
  return runBatch(context, context.args[0]!, file);
}

async function predictJson(
  context: CommandContext,
  { rows, name }: Extract<RowSource, { readonly kind: 'json' }>,
): Promise<number> {
  if (rows.length === 0) throw usageError(`there is no row in ${name}.`);
  const answers: PredictAnswer[] = [];
  const ask = createAsker(context, textOption(context.options, 'version'), (part) => answers.push(part));
  for (const row of rows) await ask.add(row);
  await ask.end();
  const answer = joinAnswers(answers);
  if (context.json) printJson(context, answer);
  else {
    printLines(context, predictionLines(answer.predictions));
    noteWarnings(context, answer.warnings);
  }
  return exitCodes.ok;
}

/** A picture as the row of a model that takes one and nothing else. */
async function pictureRow(
  context: CommandContext,
  { base64, name }: Extract<RowSource, { readonly kind: 'picture' }>,
): Promise<Extract<RowSource, { readonly kind: 'json' }>> {
  const { features } = (await readSchema(context)).schema;
  const [only, ...others] = features;
  if (only?.type !== 'image' || others.length > 0) {
    const names = features.map((feature) => `"${feature.name}"`).join(', ');
    throw usageError(
      `--file: "${name}" is a picture, and the model takes ${names}; give rows as CSV or JSON.`,
    );
  }
  return { kind: 'json', rows: [{ [only.name]: base64 }], name };
}

async function predictCsv(
  context: CommandContext,
  { chunks, name }: Extract<RowSource, { readonly kind: 'csv' }>,
): Promise<number> {
  const { terminal, json } = context;
  const { schema, version } = await readSchema(context);
  const { delimiter, header, records } = await openCsv(chunks, name);
  const readRow = compileRowReader(schema, header, name);
  const answers: PredictAnswer[] = [];
  const warnings: PredictionWarning[] = [];
  let waiting: (readonly string[])[] = [];
  const write = ({ predictions, warnings: more }: PredictAnswer): void => {
    const lines = predictions.map((prediction, index) =>
      csvLine([...waiting[index]!, ...addedCells(prediction, schema)], delimiter),
    );
    waiting = [];
    for (const warning of more) warnings.push(warning);
    terminal.stdout.write(lines.join(''));
  };
  const ask = createAsker(context, version, json ? (part) => answers.push(part) : write);
  if (!json) terminal.stdout.write(csvLine([...header, ...addedColumns(schema, header)], delimiter));
  for await (const record of records) {
    // Adding may send off the rows before this one, so this one waits only afterwards.
    await ask.add(readRow(record));
    if (!json) waiting.push(record.cells);
  }
  await ask.end();
  if (json) printJson(context, joinAnswers(answers));
  else noteWarnings(context, warnings);
  return exitCodes.ok;
}

/** The schema of the version that is asked. It is asked by number, so that all rows get the same one. */
async function readSchema({
  client,
  args,
  options,
}: CommandContext): Promise<{ readonly schema: ModelSchema; readonly version: string }> {
  const model = args[0]!;
  const asked = textOption(options, 'version');
  const version = asked ?? (await client.call('get-model', { path: { model } })).live;
  if (version === null) {
    throw notReady(`Model "${model}" has no live version yet; "onramp runs ${model}" shows why.`);
  }
  const found = await client.call('get-version', { path: { model, version } });
  if (isImported(found)) {
    throw invalidInput(
      `Model "${model}" was imported and takes tensors, not rows; "onramp model ${model}" shows which.`,
      { code: 'tensors_only', param: 'model' },
    );
  }
  return { schema: found.schema, version };
}

function addedColumns(schema: ModelSchema, header: readonly string[]): string[] {
  const names = namesOf(schema);
  return names.map((name) => (header.includes(name) ? `onramp_${name}` : name));
}

function namesOf({ classes = [], clusters, anomaly }: ModelSchema): string[] {
  if (anomaly) return ['anomaly', 'score'];
  if (!clusters) return ['prediction', ...classes.map((label) => `probability_${label}`)];
  return ['cluster', ...Array.from({ length: clusters.count }, (_, cluster) => `distance_${cluster}`)];
}

function addedCells(prediction: Prediction, { classes = [] }: ModelSchema): string[] {
  if ('value' in prediction) return [String(prediction.value)];
  if ('outputs' in prediction) return [JSON.stringify(prediction.outputs)];
  if ('cluster' in prediction) return [prediction.cluster, ...prediction.distances.map(String)];
  if ('score' in prediction) return [String(prediction.anomaly), String(prediction.score)];
  return [prediction.label, ...classes.map((label) => String(prediction.probabilities[label] ?? 0))];
}

function predictionLines(predictions: readonly Prediction[]): string[] {
  const [first] = predictions;
  const classes = first && 'probabilities' in first ? Object.keys(first.probabilities) : [];
  const rows = predictions.map((one, row) => [String(row), ...answerCells(one, classes)]);
  if (first && 'outputs' in first) return tableLines(['row', 'outputs'], rows);
  if (first && 'score' in first) return tableLines(['row', 'anomaly', 'score'], rows);
  if (first && 'cluster' in first) {
    return tableLines(
      ['row', 'cluster', ...first.distances.map((_, cluster) => `distance ${cluster}`)],
      rows,
    );
  }
  return tableLines(classes.length > 0 ? ['row', 'label', ...classes] : ['row', 'value'], rows);
}

function answerCells(prediction: Prediction, classes: readonly string[]): string[] {
  if ('value' in prediction) return [String(prediction.value)];
  if ('outputs' in prediction) return [JSON.stringify(prediction.outputs)];
  if ('score' in prediction) return [String(prediction.anomaly), shortNumber(prediction.score)];
  if ('cluster' in prediction) return [prediction.cluster, ...prediction.distances.map(shortNumber)];
  const { label, probabilities } = prediction;
  return [label, ...classes.map((name) => shortNumber(probabilities[name] ?? 0))];
}

/** Rows are counted from 0, as in the API. */
function noteWarnings(context: CommandContext, warnings: readonly PredictionWarning[]): void {
  for (const { row, field, message } of warnings.slice(0, shownWarnings)) {
    note(context, `warning: row ${row}, ${field}: ${message}`);
  }
  const rest = warnings.length - shownWarnings;
  if (rest > 0) note(context, `... and ${rest} more warnings; --json shows them all`);
}
