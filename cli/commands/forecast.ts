/** `onramp forecast`: the future of a series, from the newest values that the model keeps or from a history in a file. */
import { type Answer, tableLines } from '../../lib/client/index.ts';
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
import { openRows } from '../rows.ts';

type Forecast = Answer<'forecast'>;

export const forecastCommand: Command = {
  name: 'forecast',
  args: ['MODEL'],
  summary: 'ask a model for the future of a series',
  about: `Forecasts from the newest values that the model has learnt from, or from a history in a file of JSON or JSON Lines.
Lowest and highest say between which values most outcomes shall lie. Warnings go to stderr.`,
  examples: [
    'onramp forecast sales',
    'onramp forecast sales --series shop-1 --horizon 7',
    'onramp forecast sales --file newest.jsonl --json',
  ],
  options: {
    series: { value: 'NAME', about: 'which series, if the model has several' },
    horizon: { value: 'STEPS', about: 'how many steps (those of the model)' },
    file: { value: 'FILE', about: 'the newest values with their times as .json or .jsonl' },
    version: { value: 'N', about: 'ask this version instead of the live one' },
  },
  run: async (context) => {
    const { client, options, args } = context;
    const [series, version] = [textOption(options, 'series'), textOption(options, 'version')];
    const horizon = horizonOf(textOption(options, 'horizon'));
    const body = {
      ...(series !== undefined && { series }),
      ...(horizon !== undefined && { horizon }),
      ...(options.file !== undefined && { history: await readHistory(context) }),
    };
    const answer = await client.forecast(args[0]!, body, version === undefined ? {} : { version });
    if (context.json) printJson(context, answer);
    else {
      printLines(context, forecastLines(answer));
      for (const { field, message } of answer.warnings) note(context, `warning: ${field}: ${message}`);
    }
    return exitCodes.ok;
  },
};

function horizonOf(text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d{0,3}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw usageError(`--horizon is "${text}"; give a whole number of steps.`);
}

async function readHistory(context: CommandContext): Promise<Record<string, unknown>[]> {
  const rows = await openRows(context);
  if (rows.kind === 'json') return rows.rows as Record<string, unknown>[];
  throw usageError('--file takes .json or .jsonl; a request has numbers where CSV has texts.');
}

function forecastLines({ horizon, values, quantiles }: Forecast): string[] {
  const levels = Object.keys(quantiles).sort((left, right) => Number(left) - Number(right));
  const rows = horizon.map((time, step) => [
    time,
    String(values[step]),
    ...levels.map((level) => String(quantiles[level]![step])),
  ]);
  return tableLines(['time', 'value', ...levels.map((level) => `quantile ${level}`)], rows);
}
