/** Settings of the platform on one machine: flags first, then the environment, then the defaults shown by `--help`. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { invalidInput } from '../../lib/core/index.ts';

/** What a user can set. */
export interface PlatformSettings {
  /** Port of the HTTP API; 0 lets the system choose. */
  readonly port: number;
  /** Port of the object store; 0 lets the system choose. */
  readonly s3Port: number;
  /** Absolute path of the folder that holds all data. */
  readonly home: string;
  /** The key that may do everything. */
  readonly apiKey: string;
  /** Absolute path of a file with more keys, `null` if there is none. */
  readonly keysFile: string | null;
  /** Absolute path of the file that declares SageMaker endpoints, `null` if there is none. */
  readonly endpointsFile: string | null;
  /** True to start without the example models. */
  readonly empty: boolean;
  /** Processes that answer HTTP. */
  readonly workers: number;
}

/** What does not change: everything listens on loopback only. */
export const localHost = '127.0.0.1';
export const localRegion = 'us-east-1';
export const localBuckets = { data: 'onramp-data', artifacts: 'onramp-artifacts' } as const;
export const localCredentials = { accessKeyId: 'onramp', secretAccessKey: 'onramp-local' } as const;

/** What control is told of the scheduler; the account that stands for this machine has only zeros. */
export const localSchedules = {
  group: 'onramp',
  roleArn: 'arn:aws:iam::000000000000:role/onramp-schedules',
  queueArn: `arn:aws:sqs:${localRegion}:000000000000:onramp-evaluate`,
} as const;

/** The functions that other functions ask, by the name that Lambda knows them by. */
export const localFunctions = { prepare: 'onramp-prepare' } as const;

/** What train is told of training jobs; on one machine the image stands for the built `container`. */
export const localTraining = {
  image: 'onramp',
  roleArn: 'arn:aws:iam::000000000000:role/onramp-training',
} as const;

export const helpText = `Onramp on this machine

  npm start -- [options]

  --port N          port of the HTTP API            (ONRAMP_PORT, 8787)
  --s3-port N       port of the object store        (ONRAMP_S3_PORT, 8788)
  --home PATH       folder that holds all data      (ONRAMP_HOME, .onramp)
  --api-key KEY     the key clients send            (ONRAMP_API_KEY, onramp-local)
  --keys FILE       more keys, for some models each (ONRAMP_KEYS_FILE)
  --endpoints FILE  models in processes of yours    (ONRAMP_ENDPOINTS_FILE)
  --workers N       processes that answer HTTP      (1)
  --empty           start without the example models
  --help            show this
`;

/**
 * Reads the settings; `'help'` if help was asked for.
 * @throws `invalid_request` naming the flag or variable that is wrong, unknown flags included.
 */
export function readSettings(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): PlatformSettings | 'help' {
  const flags = parseFlags(args);
  if (flags.help) return 'help';
  const setting = (
    flag: 'port' | 's3-port' | 'home' | 'api-key' | 'keys' | 'endpoints',
    variable: string,
    preset: string,
  ) => {
    const given = flags[flag];
    return given === undefined
      ? { name: variable, text: env[variable] || preset }
      : { name: `--${flag}`, text: given };
  };
  const settings = {
    port: wholeNumber(setting('port', 'ONRAMP_PORT', '8787'), 0, 65_535),
    s3Port: wholeNumber(setting('s3-port', 'ONRAMP_S3_PORT', '8788'), 0, 65_535),
    home: resolve(setting('home', 'ONRAMP_HOME', '.onramp').text),
    apiKey: visibleAscii(setting('api-key', 'ONRAMP_API_KEY', 'onramp-local')),
    keysFile: pathOf(setting('keys', 'ONRAMP_KEYS_FILE', '')),
    endpointsFile: pathOf(setting('endpoints', 'ONRAMP_ENDPOINTS_FILE', '')),
    empty: flags.empty ?? false,
    workers: wholeNumber({ name: '--workers', text: flags.workers ?? '1' }, 1, 64),
  };
  if (settings.port !== 0 && settings.port === settings.s3Port) {
    throw invalidInput(`--port and --s3-port are both ${settings.port}; give them different ports`);
  }
  return settings;
}

interface NamedText {
  readonly name: string;
  readonly text: string;
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        port: { type: 'string' },
        's3-port': { type: 'string' },
        home: { type: 'string' },
        'api-key': { type: 'string' },
        keys: { type: 'string' },
        endpoints: { type: 'string' },
        workers: { type: 'string' },
        empty: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw invalidInput(`${reason}; --help lists the options`, { cause });
  }
}

const pathOf = ({ text }: NamedText): string | null => (text === '' ? null : resolve(text));

function wholeNumber({ name, text }: NamedText, low: number, high: number): number {
  const value = Number(text);
  if (!/^\d{1,6}$/.test(text) || value < low || value > high) {
    throw invalidInput(`${name} is "${text}"; give a whole number from ${low} to ${high}`, { param: name });
  }
  return value;
}

/** A key travels in a header, so it must be made of what a header can carry. */
function visibleAscii({ name, text }: NamedText): string {
  if (!/^[\x21-\x7e]{1,256}$/.test(text)) {
    throw invalidInput(`${name} must be 1 to 256 visible ASCII characters without spaces`, { param: name });
  }
  return text;
}
