/** `onramp cost`: what serving a model costs on AWS, three ways. */
import { shortNumber, tableLines } from '../../lib/client/index.ts';
import type { ModelCard, ServingMeasure } from '../../lib/contracts/index.ts';
import { notReady } from '../../lib/core/index.ts';
import {
  type Comparison,
  compareServing,
  defaultDeployment,
  findRegion,
  fullCoreMs,
  type ServingOption,
} from '../../lib/cost/index.ts';
import {
  type Command,
  type CommandContext,
  exitCodes,
  type OptionValues,
  printJson,
  printLines,
  textOption,
  usageError,
} from '../command.ts';
import { printEndpointCosts } from './endpoint-cost.ts';

const names: Readonly<Record<ServingOption['kind'], string>> = {
  lambda: 'Lambda',
  serverless: 'serverless endpoint',
  'real-time': 'real-time endpoint',
};

export const costCommand: Command = {
  name: 'cost',
  args: ['[MODEL]'],
  summary: 'what serving costs on AWS: Lambda, serverless and real-time endpoint',
  about: `Compares what the same calls cost a month on Lambda, as Onramp deploys, and on SageMaker endpoints, and from how
many calls on one of them is cheaper. With a model, its time for a call is what was measured when its version was
published; without one, say it with --ms. Prices are in US dollars, without tax and free tiers. For a model behind an
endpoint, or with --endpoints for all of them: what an instance costs by the hour and the month.`,
  examples: [
    'onramp cost heart',
    'onramp cost heart --calls 20000000 --rows 10 --instance ml.m5.xlarge',
    'onramp cost --ms 35 --memory 2048 --region eu-west-1',
    'onramp cost --endpoints',
    'onramp cost assistant --tokens-per-second 900',
  ],
  options: {
    calls: { value: 'N', about: 'calls a month (1000000)' },
    rows: { value: 'R', about: 'rows a call (1)' },
    region: { value: 'REGION', about: `where (${defaultDeployment.region})` },
    memory: { value: 'MB', about: `size of the function (${defaultDeployment.memoryMb})` },
    architecture: { value: 'NAME', about: `arm64 or x64 (${defaultDeployment.architecture})` },
    instance: { value: 'TYPE', about: 'of the real-time endpoint (ml.m5.large)' },
    instances: { value: 'N', about: 'how many of them at least (1; 2 survive the loss of a zone)' },
    bytes: { value: 'B', about: 'bytes of a request and its answer together (2000 a row)' },
    endpoints: { about: 'of all models behind endpoints, by the hour' },
    'tokens-per-second': {
      value: 'T',
      about: 'that a busy instance makes, for its price of a million tokens',
    },
    ms: { value: 'MS', about: 'milliseconds of a call on one processor, instead of what was measured' },
  },
  run: async (context) => {
    const { options } = context;
    const behindEndpoint = await endpointCards(context);
    if (behindEndpoint) return printEndpointCosts(context, behindEndpoint, speedOf(options));
    const rows = numberOption(options, 'rows', 1, { whole: true });
    if (rows < 1 || rows > 10_000) throw usageError('--rows must be a whole number from 1 to 10000.');
    const time = await timeOf(context, rows);
    const region = textOption(options, 'region') ?? defaultDeployment.region;
    const instance = textOption(options, 'instance');
    const comparison = compareServing({
      region,
      architecture: architectureOf(options),
      memoryMb: numberOption(options, 'memory', defaultDeployment.memoryMb, { whole: true }),
      calls: numberOption(options, 'calls', 1_000_000, { whole: true }),
      coreMs: time.coreMs,
      bytesPerCall: numberOption(options, 'bytes', 2000 * rows, { whole: true }),
      instances: numberOption(options, 'instances', 1, { whole: true }),
      ...(instance !== undefined && { instance }),
    });
    if (context.json) printJson(context, { ...time, region, ...comparison });
    else printLines(context, [time.told, '', ...comparisonLines(comparison), '', ...besideLines(region)]);
    return exitCodes.ok;
  },
};

/** The models whose instances' costs are asked for; `null` if it is the cost of calls to a function. */
async function endpointCards({
  client,
  args,
  options,
}: CommandContext): Promise<readonly ModelCard[] | null> {
  if (options.endpoints === true) {
    return (await client.call('list-models', { query: { limit: '1000' } })).data;
  }
  const [model] = args;
  if (model === undefined || textOption(options, 'ms') !== undefined) return null;
  const card = await client.call('get-model', { path: { model } });
  return card.endpoint ? [card] : null;
}

function speedOf(options: OptionValues): number | undefined {
  if (textOption(options, 'tokens-per-second') === undefined) return undefined;
  const speed = numberOption(options, 'tokens-per-second', 0, { whole: false });
  if (speed > 0) return speed;
  throw usageError('--tokens-per-second must be above 0.');
}

function numberOption(
  options: OptionValues,
  name: string,
  preset: number,
  { whole }: { readonly whole: boolean },
): number {
  const text = textOption(options, name);
  if (text === undefined) return preset;
  const pattern = whole ? /^\d{1,13}$/ : /^\d{1,9}(\.\d+)?$/;
  if (!pattern.test(text)) throw usageError(`--${name} is "${text}"; give a ${whole ? 'whole ' : ''}number.`);
  return Number(text);
}

function architectureOf(options: OptionValues): 'arm64' | 'x64' {
  const text = textOption(options, 'architecture') ?? defaultDeployment.architecture;
  if (text === 'arm64' || text === 'x64') return text;
  throw usageError(`--architecture is "${text}"; give arm64 or x64.`);
}

interface CallTime {
  readonly coreMs: number;
  /** Where it comes from, in a sentence. */
  readonly told: string;
}

/** Milliseconds that a call takes one processor: as given, or as measured of the live version or the newest. */
async function timeOf({ client, args, options }: CommandContext, rows: number): Promise<CallTime> {
  const model = args[0];
  if (textOption(options, 'ms') !== undefined) {
    const coreMs = numberOption(options, 'ms', 0, { whole: false });
    return { coreMs, told: `A call takes one processor ${shortNumber(coreMs)} ms, as given.` };
  }
  if (model === undefined) throw usageError('Name a model, or say with --ms how long a call takes.');
  const card = await client.call('get-model', { path: { model } });
  const number = card.live ?? card.versions.at(-1);
  if (number === undefined) {
    throw notReady(`Model "${model}" has no version yet: onramp runs ${model}`, { code: 'no_version' });
  }
  const { serving } = await client.call('get-version', { path: { model, version: number } });
  if (!serving) {
    throw notReady(
      `Version ${number} of "${model}" was published before predictions were timed: retrain it, or say with --ms how long a call takes.`,
      { code: 'not_measured' },
    );
  }
  return { coreMs: fullCoreMs(serving, rows), told: measuredLine(model, number, serving) };
}

function measuredLine(model: string, version: string, serving: ServingMeasure): string {
  const { ms_per_call: ms, rows_per_second: perSecond, calls, measured_on: machine } = serving;
  return `Version ${version} of "${model}": ${shortNumber(ms)} ms a call for one row (median of ${calls}), ${shortNumber(perSecond)} rows a second, measured on ${machine.processor} (${machine.architecture}).`;
}

function comparisonLines({ options, crossings, pricesAsOf, remarks }: Comparison): string[] {
  return [
    ...tableLines(
      ['', 'on', '$ a month', '$ a million calls', '$ idle'],
      options.map(({ kind, size, monthly, perMillion, idle }) => [
        names[kind],
        size,
        dollars(monthly),
        dollars(perMillion),
        dollars(idle),
      ]),
    ),
    '',
    ...crossings.map(({ cheaper, than, calls }) => {
      const text = `${names[cheaper]} costs less than ${names[than]}`;
      if (calls === null) return `${text}: never`;
      return calls === 1
        ? `${text}: always`
        : `${text}: from ${calls.toLocaleString('en-US')} calls a month on`;
    }),
    '',
    `Prices as of ${pricesAsOf}; API Gateway is in front of each. ${remarks.join(' ')}`.trimEnd(),
  ];
}

/** What is charged whatever answers, and what else the table knows. */
function besideLines(region: string): string[] {
  const { s3, kms, cloudWatch, training } = findRegion(region);
  const jobs = Object.entries(training).map(
    ([name, { perHour }]) => `${name} $${shortNumber(perHour.usd)} an hour`,
  );
  return [
    `Beside it: S3 $${shortNumber(s3.gbMonth.usd)} a GB-month, $${shortNumber(s3.put.usd * 1000)} per 1,000 writes and $${shortNumber(s3.get.usd * 1000)} per 1,000 reads;`,
    `logs $${shortNumber(cloudWatch.logGb.usd)} a GB, an alarm $${shortNumber(cloudWatch.alarmMonth.usd)} a month; a KMS key of your own $${shortNumber(kms.keyMonth.usd)} a month and $${shortNumber(kms.request.usd * 10_000)} per 10,000 requests.`,
    ...(jobs.length > 0 ? [`Training jobs, while they run: ${jobs.join(', ')}.`] : []),
  ];
}

/** Cents, and more digits where cents are too coarse. */
const dollars = (usd: number): string =>
  usd === 0 || usd >= 0.1 ? usd.toFixed(2) : Number(usd.toPrecision(3)).toFixed(6);
