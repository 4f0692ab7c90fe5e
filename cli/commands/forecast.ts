/** `onramp forecast`: the future of a series, from the newest values that the model keeps or from a history in a file. */
import { type Answer, tableLines } from '../../lib/client/index.ts';
import {
  type Command,
  exitCodes,
  note,
  type OptionValues,
  printJson,
  printLines,
  textOption,
  usageError,
} from '../command.ts';
import { openRowsFile } from '../rows.ts';

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
    'onramp forecast sales --horizon 7 --future holidays.jsonl',
  ],
  options: {
    series: { value: 'NAME', about: 'which series, if the model has several' },
    horizon: { value: 'STEPS', about: 'how many steps (those of the model)' },
    file: { value: 'FILE', about: 'the newest values with their times as .json or .jsonl' },
    future: { value: 'FILE', about: 'known inputs of the steps to come as .json or .jsonl' },
    version: { value: 'N', about: 'ask this version instead of the live one' },
  },
  run: async (context) => {
    const { client, options, args } = context;
    const [series, version] = [textOption(options, 'series'), textOption(options, 'version')];
    const horizon = horizonOf(textOption(options, 'horizon'));
    const body = {
      ...(series !== undefined && { series }),
      ...(horizon !== undefined && { horizon }),
      ...(await rowsOf(options, 'file', 'history')),
      ...(await rowsOf(options, 'future', 'future')),
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

/** The rows of an option's file as a field of the request; nothing if it is not given. */
async function rowsOf<Field extends string>(
  options: OptionValues,
  name: string,
  field: Field,
): Promise<Partial<Record<Field, Record<string, unknown>[]>>> {
  const file = textOption(options, name);
  if (file === undefined) return {};
  const found = await openRowsFile(file, name);
  if (found.kind !== 'json')
    throw usageError(`--${name} takes .json or .jsonl; a request has numbers where CSV has texts.`);
  return { [field]: found.rows } as Record<Field, Record<string, unknown>[]>;
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
