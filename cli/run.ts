/** From a command line to an exit code. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { createClient, isUnreachable } from '../lib/client/index.ts';
import { isOnrampError } from '../lib/core/index.ts';
import { closest } from './closest.ts';
import {
  type Command,
  commandHelp,
  exitCodes,
  globalOptions,
  type OptionValues,
  overviewHelp,
  usageError,
} from './command.ts';
import { commands } from './commands/index.ts';
import { isInterrupted } from './interrupt.ts';
import { styleFor, type Terminal } from './terminal.ts';

/** Somebody is waiting at the terminal: a service that asks for more patience than this is told of at once. */
const longestPauseMs = 1000;
const defaultUrl = 'http://127.0.0.1:8787';
const localKey = 'onramp-local';

/**
 * Runs one command line. Nothing is thrown: what goes wrong is one sentence on stderr.
 *
 * @param args without the interpreter and the script
 * @returns the exit code
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    if (isInterrupted(error)) return exitCodes.interrupted;
    terminal.stderr.write(`onramp: ${sentence(error)}\n`);
    return exitCodeOf(error);
  }
}

async function dispatch([name, ...rest]: readonly string[], terminal: Terminal): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const [topic] = rest;
    terminal.stdout.write(topic === undefined ? overviewHelp(commands) : commandHelp(findCommand(topic)));
    return exitCodes.ok;
  }
  const command = findCommand(name);
  const { values, positionals } = parseLine(command, rest);
  if (values.help) {
    terminal.stdout.write(commandHelp(command));
    return exitCodes.ok;
  }
  requireArgs(command, positionals);
  return command.run({
    client: createClient({ ...serviceOf(values, terminal.env), longestPauseMs }),
    terminal,
    style: styleFor(terminal, { noColor: values['no-color'] === true }),
    json: values.json === true,
    options: values,
    args: positionals,
  });
}

function findCommand(name: string): Command {
  const command = commands.find((one) => one.name === name);
  if (command) return command;
  if (name.startsWith('-')) throw usageError(`the command comes first, as in "onramp models ${name}".`);
  const alike = closest(
    name,
    commands.map((one) => one.name),
  );
  const hint = alike === null ? '"onramp --help" lists the commands' : `did you mean "${alike}"?`;
  throw usageError(`there is no command "${name}"; ${hint}`);
}

function parseLine(command: Command, args: readonly string[]) {
  const options: ParseArgsOptionsConfig = { help: { type: 'boolean', short: 'h' } };
  for (const [name, { value, multiple }] of Object.entries({ ...globalOptions, ...command.options })) {
    options[name] ??= { type: value === undefined ? 'boolean' : 'string', ...(multiple && { multiple }) };
  }
  try {
    const parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
    return { values: parsed.values as OptionValues, positionals: parsed.positionals };
  } catch (error) {
    const [what = '', ...more] = (error as Error).message.split('\n');
    const fix = more.find((line) => line.startsWith('To specify'));
    const reason = what.split('. To specify')[0]!.replace(/\.$/, '');
    throw usageError(`${reason}; ${fix ?? `"onramp ${command.name} --help" lists the options`}`);
  }
}

function requireArgs({ name, args }: Command, given: readonly string[]): void {
  const wanted = args.filter((arg) => !arg.startsWith('['));
  const missing = wanted[given.length];
  if (missing !== undefined) {
    throw usageError(`${missing} is missing: onramp ${[name, ...args].join(' ')}`);
  }
  if (given.length > args.length) {
    throw usageError(
      `"${given[args.length]}" is one argument too many: onramp ${[name, ...args].join(' ')} (quote what has spaces)`,
    );
  }
}

function serviceOf(values: OptionValues, env: Terminal['env']): { url: string; apiKey: string } {
  const url = String(values.url ?? (env.ONRAMP_URL || defaultUrl));
  const host = hostOf(url);
  const given = values.key ?? env.ONRAMP_API_KEY;
  if (given !== undefined && given !== '') return { url, apiKey: headerText(String(given)) };
  // The well-known key is sent to this machine only: elsewhere it would be a mistake that looks like a key.
  if (/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host)) return { url, apiKey: localKey };
  throw usageError(`${url} needs an API key: set ONRAMP_API_KEY, or give --key.`);
}

function hostOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return parsed.hostname;
  throw usageError(`--url is "${url}"; give an address such as ${defaultUrl}`);
}

function headerText(key: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw usageError('--key must be visible ASCII characters without spaces.');
}

/** One line that says what to do. */
function sentence(error: unknown): string {
  if (!isOnrampError(error))
    return `unexpected failure: ${error instanceof Error ? error.message : String(error)}`;
  if (isUnreachable(error)) {
    return `${error.message} Start the service with "npm start", or name another one with --url.`;
  }
  if (error.kind === 'unauthorized') {
    return 'the service refuses this API key; give the right one with --key or ONRAMP_API_KEY.';
  }
  if (error.code === 'model_not_found') return `${error.message} "onramp models" lists those there are.`;
  return error.message;
}

function exitCodeOf(error: unknown): number {
  if (isUnreachable(error)) return exitCodes.unreachable;
  const isUsage = isOnrampError(error) && ['usage', 'file_not_found'].includes(error.code);
  return isUsage ? exitCodes.usage : exitCodes.failed;
}
