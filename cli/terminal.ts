/** Where the command reads and writes; handed in, so that tests need no process. */
import type { LineOutput } from '../lib/client/index.ts';

/** Standard streams, the environment and Ctrl-C. */
export interface Terminal {
  readonly stdout: LineOutput;
  readonly stderr: LineOutput;
  readonly stdin: AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean | undefined };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls the listener on Ctrl-C instead of ending; the function given back ends that. */
  onInterrupt(listener: () => void): () => void;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    onInterrupt: (listener) => {
      process.on('SIGINT', listener);
      return () => process.off('SIGINT', listener);
    },
  };
}

/** Text in a colour or in bold, if the terminal shows it. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
}

/** Colours for a terminal; none with NO_COLOR (no-color.org), `--no-color`, or where the output goes to a file. */
export function styleFor(terminal: Terminal, { noColor }: { readonly noColor: boolean }): Style {
  const enabled = !noColor && !terminal.env.NO_COLOR && terminal.stdout.isTTY === true;
  const paint = (code: number) => (text: string) => (enabled ? `\x1b[${code}m${text}\x1b[0m` : text);
  return { bold: paint(1), good: paint(32), bad: paint(31), warn: paint(33) };
}
