/** `onramp models`, `onramp model`, `onramp delete`. */

import { metricLines, modelLines, shortNumber, tableLines } from '../../lib/client/index.ts';
import type { ModelCard } from '../../lib/contracts/index.ts';
import { type Command, exitCodes, printJson, printLines } from '../command.ts';
import { signatureLines } from '../signature.ts';
import { warningLines } from '../watch-run.ts';
import { seriesLines } from './series-lines.ts';

export const modelsCommand: Command = {
  name: 'models',
  args: [],
  summary: 'list the models',
  about: 'Lists every model with the metric it is chosen by; its value is cross-validated.',
  examples: ['onramp models', 'onramp models --json | jq ".data[].name"'],
  options: {},
  run: async (context) => {
    const list = await context.client.call('list-models', { query: { limit: '1000' } });
    if (context.json) printJson(context, list);
    else if (list.data.length > 0) printLines(context, modelLines(list.data));
    else {
      printLines(context, ['There are no models yet: onramp push heart.csv --model heart --target disease']);
    }
    return exitCodes.ok;
  },
};

export const modelCommand: Command = {
  name: 'model',
  args: ['MODEL'],
  summary: "a model's card: columns, metrics, versions, warnings",
  about: `Shows what a model takes and how good it is. Figures are those of the live version or, as long as none is
live, of the newest.`,
  examples: ['onramp model heart', 'onramp model heart --json'],
  options: {},
  run: async (context) => {
    const card = await context.client.call('get-model', { path: { model: context.args[0]! } });
    if (context.json) printJson(context, card);
    else printLines(context, cardLines(card));
    return exitCodes.ok;
  },
};

export const deleteCommand: Command = {
  name: 'delete',
  args: ['MODEL'],
  summary: 'remove a model with its versions, runs and reports',
  about: 'Removes a model at once and for good. Its data set stays.',
  examples: ['onramp delete heart'],
  options: {},
  run: async (context) => {
    const answer = await context.client.call('delete-model', { path: { model: context.args[0]! } });
    if (context.json) printJson(context, answer);
    else printLines(context, [`Model "${answer.id}" is gone, with its versions, runs and reports.`]);
    return exitCodes.ok;
  },
};

function cardLines(card: ModelCard): string[] {
  if (card.endpoint) return endpointLines(card, card.endpoint);
  return card.learner === 'imported' ? importedLines(card) : trainedLines(card);
}

function endpointLines({ name }: ModelCard, endpoint: NonNullable<ModelCard['endpoint']>): string[] {
  const { kind, speaks, usd_per_hour: price } = endpoint;
  return [
    `${name}: behind a SageMaker endpoint (${kind}), whose container speaks ${speaks}`,
    ...(price === undefined ? [] : [`an instance costs ${price} $ an hour: onramp cost ${name}`]),
  ];
}

function importedLines({ name, live, versions, producer, signature, warnings }: ModelCard): string[] {
  return [
    `${name}: imported${producer ? `, made by ${producer}` : ''}`,
    `live version ${live ?? 'none'}, versions ${versions.join(', ') || 'none'}`,
    ...(signature ? ['', ...signatureLines(signature)] : []),
    ...warningLines(warnings as readonly { message?: string }[]),
  ];
}

const takenLines = ({ features, series }: NonNullable<ModelCard['schema']>): string[] =>
  series ? seriesLines(series) : featureLines(features);

function trainedLines(card: ModelCard): string[] {
  const { name, task, target, learner, live, versions, dataset, schedule, metrics, metric, schema } = card;
  const warnings = card.warnings as readonly { column?: string | null; message?: string }[];
  return [
    `${name}: ${task ?? 'task not known yet'} of "${target}" from data set "${dataset}"`,
    `learner ${learner ?? '-'}, live version ${live ?? 'none'}, versions ${versions.join(', ') || 'none'}, schedule ${schedule ?? 'none'}`,
    ...(Object.keys(metrics).length > 0
      ? [
          '',
          'cross-validated',
          '',
          ...metricLines(metrics, metric, card.held_out?.metrics).map((line) => `  ${line}`),
        ]
      : ['', `No version is published yet: onramp runs ${name}`]),
    ...(schema ? ['', 'takes', '', ...takenLines(schema).map((line) => `  ${line}`)] : []),
    ...(schema?.classes ? ['', `answers ${schema.classes.join(', ')}`] : []),
    ...warningLines(warnings),
  ];
}

function featureLines(features: NonNullable<ModelCard['schema']>['features']): string[] {
  return tableLines(
    ['column', 'type', 'missing', 'values'],
    features.map(({ name, type, missing, range, categories = [] }) => [
      name,
      type,
      `${shortNumber(missing * 100)} %`,
      range
        ? range.map((end) => (typeof end === 'number' ? shortNumber(end) : end)).join(' to ')
        : someOf(categories),
    ]),
  );
}

function someOf(categories: readonly string[]): string {
  const shown = categories.slice(0, 5).join(', ');
  return categories.length > 5 ? `${shown}, ... (${categories.length})` : shown;
}
