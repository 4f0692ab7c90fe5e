/** One platform as the group of processes it is, so that all of them can be killed at the same moment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const host = '127.0.0.1';

/** The platform's processes: one leader, and whatever it has started. */
export interface ProcessGroup {
  /** The leader. */
  readonly child: ChildProcess;
  /** The leader's exit code, `null` if a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Everything the terminal shows so far. */
  output(): string;
  /** Resolves when the API at this address answers. */
  ready(url: string): Promise<void>;
  /** Ends every process at once, and resolves when all of them are gone. */
  kill(): Promise<void>;
}

/** Runs Node in a process group of its own. */
export function startGroup(args: readonly string[]): ProcessGroup {
  const chunks: string[] = [];
  // Detached makes it the leader of a group, in which all of its children are too.
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => chunks.push(text));
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const signal = (name: NodeJS.Signals | 0): boolean => {
    try {
      return process.kill(-child.pid!, name);
    } catch {
      return false;
    }
  };
  const killNow = (): void => void signal('SIGKILL');
  // Should the test's own process end first, nothing is left running.
  process.once('exit', killNow);
  const output = (): string => chunks.join('');
  return {
    child,
    ended,
    output,
    ready: async (url) => {
      let code: number | null | undefined;
      void ended.then((value) => {
        code = value;
      });
      while (!(await answers(`${url}/healthz`))) {
        if (code !== undefined)
          throw new Error(`the platform ended (${code}) before it answered:\n${output()}`);
        await delay(20);
      }
    },
    kill: async () => {
      killNow();
      while (signal(0)) await delay(5);
      process.removeListener('exit', killNow);
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** A free port below those the system hands out by itself, so that it is still free after a restart. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer().listen(port, host);
    const isFree = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ]);
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
