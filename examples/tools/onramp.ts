/** Runs the `onramp` command as one would at a terminal, and reads its JSON. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const command = fileURLToPath(new URL('../../cli/bin/onramp.mjs', import.meta.url));

/** A metric of a model, with the one of a trivial predictor; what is undefined is `null`. */
interface Metric {
  readonly value: number | null;
  readonly baseline: number | null;
}

/** The scores of a version by the names of their metrics. */
export type Metrics = Readonly<Record<string, Metric>>;

/** The part of what `onramp push --json` prints that examples look at. */
export interface Pushed {
  readonly version: {
    readonly metrics: Metrics;
    readonly held_out: { readonly rows: number; readonly metrics: Metrics };
  };
}

/** The command against one platform. */
export interface Onramp {
  /** Uploads a file or folder and learns from it as the spec says. Paths are relative to the project. */
  push(file: string, options: { readonly model: string; readonly spec: string }): Promise<Pushed>;
  /** Predictions for a file: one object a row. */
  predict(model: string, file: string): Promise<readonly { readonly value: number }[]>;
}

/** Which platform is asked, and who watches. */
export interface OnrampOptions {
  /** Has `ONRAMP_URL` and `ONRAMP_API_KEY`, unless they are those of `npm start`. */
  readonly environment: NodeJS.ProcessEnv;
  /** Is given each command before it runs. */
  readonly show: (line: string) => void;
  /** `inherit` draws the progress on this terminal; else it is told only if the command fails. */
  readonly progress?: 'inherit' | 'pipe';
}

/** The command against the platform that the environment names. */
export function createOnramp({ environment: env, show, progress = 'pipe' }: OnrampOptions): Onramp {
  const run = async (args: readonly string[]): Promise<string> => {
    show(`$ npx onramp ${args.join(' ')}`);
    const child = spawn(process.execPath, [command, ...args, '--json'], {
      ...{ cwd: root, env },
      stdio: ['ignore', 'pipe', progress],
    });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    const told = child.stderr === null ? '' : text(child.stderr);
    const [output, code, complaint] = await Promise.all([text(child.stdout!), ended, told]);
    if (code === 0) return output;
    throw new Error(`"onramp ${args.join(' ')}" ended with ${code}. ${complaint}`.trimEnd());
  };
  return {
    push: async (file, { model, spec }) =>
      JSON.parse(await run(['push', file, '--model', model, '--spec', spec])) as Pushed,
    predict: async (model, file) => {
      const output = await run(['predict', model, '--file', file]);
      return JSON.parse(output).predictions;
    },
  };
}
