/** `onramp usage`. */
import { shortNumber, tableLines } from '../../lib/client/index.ts';
import { type UsageFigures, type UsageReport, usageGroups } from '../../lib/contracts/usage.ts';
import { type Command, exitCodes, printJson, printLines, textOption, usageError } from '../command.ts';

type Group = UsageReport['group_by'];

export const usageCommand: Command = {
  name: 'usage',
  args: [],
  summary: 'what was used: calls, rows, tokens, time, estimated cost',
  about: `Sums what the key has used, or all keys if it may manage every model. Days are those of UTC, and both are
counted in full. The cost is an estimate by list prices.`,
  examples: [
    'onramp usage',
    'onramp usage --by key --from 2026-11-01 --to 2026-11-30',
    'onramp usage --json',
  ],
  options: {
    by: { value: 'WHAT', about: 'day, key or model (day)' },
    from: { value: 'DAY', about: 'the first day, such as 2026-11-01 (the first of the month)' },
    to: { value: 'DAY', about: 'the last day (today)' },
  },
  run: async (context) => {
    const group = groupOf(textOption(context.options, 'by') ?? 'day');
    const [from, to] = [textOption(context.options, 'from'), textOption(context.options, 'to')];
    const query = { group_by: group, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
    const report = await context.client.call('usage', { query });
    if (context.json) printJson(context, report);
    else printLines(context, usageLines(report));
    return exitCodes.ok;
  },
};

function groupOf(text: string): Group {
  const group = usageGroups.find((name) => name === text);
  if (group) return group;
  throw usageError(`--by is "${text}"; give ${usageGroups.join(', ')}.`);
}

const head = ['calls', 'refused', 'rows', 'tokens in', 'tokens out', 'seconds', 'MB in', 'MB out', 'USD'];

function usageLines({ from, to, group_by: group, data, total, prices_as_of }: UsageReport): string[] {
  const title = `${from} to ${to}, USD estimated by the prices of ${prices_as_of}`;
  if (data.length === 0) return [title, '', 'Nothing was used.'];
  const rows = data.map((entry) => [entry[group] || '-', ...cellsOf(entry)]);
  return [title, '', ...tableLines([group, ...head], [...rows, ['total', ...cellsOf(total)]])];
}

const cellsOf = (figures: UsageFigures): string[] => [
  ...[figures.calls, figures.refused, figures.rows, figures.input_tokens, figures.output_tokens].map(String),
  shortNumber(figures.ms / 1000),
  shortNumber(figures.bytes_in / 1e6),
  shortNumber(figures.bytes_out / 1e6),
  shortNumber(figures.usd),
];
