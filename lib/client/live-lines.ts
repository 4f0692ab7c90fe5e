/** Lines that tell of work under way: redrawn in place on a terminal, written now and then elsewhere. */

/** Where the lines go. */
export interface LineOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** One line of work. */
export interface LiveLine {
  readonly name: string;
  /** 0 to 1, drawn as a bar on a terminal; none if it is not known. */
  readonly progress?: number;
  readonly message: string;
  /** What the message says in coarser words; elsewhere than on a terminal only its changes are written at once. */
  readonly stage?: string;
}

/** A block of lines. */
export interface LiveLines {
  /** Shows the lines as they are now. */
  show(lines: readonly LiveLine[]): void;
  /** Ends the block: what is on the screen stays there. */
  end(): void;
}

const barWidth = 20;
/** Elsewhere than on a terminal, what is new within a stage is written no more often than this: a log is to be read. */
const quietMs = 10_000;

/**
 * A block of lines on an output. Elsewhere than on a terminal a line is written when its stage changes, and within a stage
 * that lasts every ten seconds.
 *
 * @param now milliseconds from any beginning
 */
export function createLiveLines(output: LineOutput, now = (): number => performance.now()): LiveLines {
  let drawn = 0;
  const written = new Map<string, Written>();
  const redraw = (lines: readonly LiveLine[]): void => {
    // Some terminals say 0 where they mean "not known".
    const width = (output.columns || 80) - 1;
    const nameWidth = Math.max(0, ...lines.map(({ name }) => name.length));
    const text = lines.map((line) => `${drawLine(line, nameWidth).slice(0, width)}\x1b[K\n`).join('');
    output.write(`${drawn > 0 ? `\x1b[${drawn}A` : ''}${text}`);
    drawn = lines.length;
  };
  const append = (lines: readonly LiveLine[]): void => {
    for (const { name, message, stage = message } of lines) {
      const last = written.get(name);
      const isNew = last?.stage !== stage;
      if (!isNew && (last.text === message || now() - last.atMs < quietMs)) continue;
      const text = isNew ? stage : message;
      written.set(name, { stage, text, atMs: now() });
      output.write(`${name}: ${text}\n`);
    }
  };
  return {
    show: output.isTTY ? redraw : append,
    end: () => {
      drawn = 0;
      written.clear();
    },
  };
}

/** What a line said last. */
interface Written {
  readonly stage: string;
  readonly text: string;
  readonly atMs: number;
}

function drawLine({ name, progress, message }: LiveLine, nameWidth: number): string {
  if (progress === undefined) return `${name.padEnd(nameWidth)}  ${message}`;
  const done = Math.round(Math.min(1, Math.max(0, progress)) * barWidth);
  const bar = `${'#'.repeat(done)}${'.'.repeat(barWidth - done)}`;
  const percent = `${Math.floor(progress * 100)}`.padStart(3);
  return `${name.padEnd(nameWidth)}  [${bar}] ${percent} %  ${message}`;
}
