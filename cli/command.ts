/** What a command is: a table line with its options, its help and the function that runs it. */
import { type ApiClient, tableLines } from '../lib/client/index.ts';
import { invalidInput, type OnrampError } from '../lib/core/index.ts';
import type { Style, Terminal } from './terminal.ts';

/** One option of a command. */
export interface CommandOption {
  /** Name of its value in the help; none for a switch. */
  readonly value?: string;
  readonly about: string;
  /** True if it may be given several times. */
  readonly multiple?: boolean;
}

/** What a command is run with. */
export interface CommandContext {
  readonly client: ApiClient;
  readonly terminal: Terminal;
  readonly style: Style;
  /** True if the answer is wanted as JSON. */
  readonly json: boolean;
  readonly options: OptionValues;
  /** What stands on the line beside the options; as many as the usage names. */
  readonly args: readonly string[];
}

/** The options that were given. */
export type OptionValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** One command. */
export interface Command {
  readonly name: string;
  /** Names of what follows the command; those in brackets may be left out. */
  readonly args: readonly string[];
  readonly summary: string;
  /** What it does and what to expect, in lines. */
  readonly about: string;
  readonly examples: readonly string[];
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Gives the exit code. */
  run(context: CommandContext): Promise<number>;
}

/** Exit codes; scripts rely on them. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, unreachable: 3, interrupted: 130 } as const;

/** Options that every command takes. */
export const globalOptions: Readonly<Record<string, CommandOption>> = {
  json: { about: 'print the answer as JSON on stdout, and nothing else there' },
  url: { value: 'URL', about: 'address of the service (ONRAMP_URL, http://127.0.0.1:8787)' },
  key: { value: 'KEY', about: 'API key (ONRAMP_API_KEY; on this machine: onramp-local)' },
  'no-color': { about: 'no colours (NO_COLOR)' },
  help: { about: 'show this' },
};

/** The command line itself is wrong: exit code 2. */
export function usageError(message: string): OnrampError {
  return invalidInput(message, { code: 'usage' });
}

/** The text of an option, `undefined` if it was not given. */
export function textOption(options: OptionValues, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** The items of an option that may be given several times, each with items between commas; one in double quotes may hold some. */
export function listOption(options: OptionValues, name: string): readonly string[] {
  const value = options[name];
  const texts = Array.isArray(value) ? (value as readonly string[]) : [];
  return texts.flatMap((text) =>
    [...text.matchAll(/\s*(?:"((?:[^"]|"")*)"\s*(?=,|$)|([^,]+))/g)]
      .map(([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain.trim())
      .filter((item) => item !== ''),
  );
}

/** Prints lines for people. */
export function printLines({ terminal }: CommandContext, lines: readonly string[]): void {
  terminal.stdout.write(`${lines.join('\n')}\n`);
}

/** Prints one JSON document. */
export function printJson({ terminal }: CommandContext, value: unknown): void {
  terminal.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Says something beside the answer, where it disturbs no pipe. */
export function note({ terminal }: Pick<CommandContext, 'terminal'>, line: string): void {
  terminal.stderr.write(`${line}\n`);
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  const { name, args, about, examples, options } = command;
  const line = ['onramp', name, ...args, '[options]'].join(' ');
  return [
    line,
    '',
    about,
    '',
    ...examples.map((example) => `  ${example}`),
    '',
    ...(Object.keys(options).length > 0 ? ['Options', ...optionLines(options), ''] : []),
    'Everywhere',
    ...optionLines(globalOptions),
    '',
  ].join('\n');
}

/** The help of the command as a whole. */
export function overviewHelp(commands: readonly Command[]): string {
  const lines = tableLines(
    ['Commands', ''],
    commands.map(({ name, args, summary }) => [`  ${[name, ...args].join(' ')}`, summary]),
  );
  return [
    'onramp: from a data set to a prediction API',
    '',
    '  onramp push heart.csv --model heart --target disease',
    `  onramp predict heart '{"age": 61, "sex": "F"}'`,
    '',
    ...lines,
    '',
    'Everywhere',
    ...optionLines(globalOptions),
    '',
    '"onramp COMMAND --help" explains one command. Exit codes: 0 done, 1 failed or refused, 2 wrong usage,',
    '3 the service does not answer.',
    '',
  ].join('\n');
}

function optionLines(options: Readonly<Record<string, CommandOption>>): string[] {
  const left = ([name, { value }]: [string, CommandOption]): string =>
    `  --${name}${value === undefined ? '' : ` ${value}`}`;
  const entries = Object.entries(options);
  const width = Math.max(...entries.map((entry) => left(entry).length));
  return entries.map((entry) => `${left(entry).padEnd(width)}  ${entry[1].about}`);
}
