/** Lines for the person at the terminal: short, and not the same one again and again. */

/** How a reporter is made. */
export interface ReporterOptions {
  readonly write: (line: string) => void;
  readonly now: () => number;
  /** The same message is shown once in this time. */
  readonly quietMs?: number;
}

/** Makes the function that shows a message. The logs hold every occurrence, so nothing is lost. */
export function createReporter({ write, now, quietMs = 10_000 }: ReporterOptions): (message: string) => void {
  const shownAt = new Map<string, number>();
  return (message) => {
    const at = now();
    for (const [text, time] of shownAt) {
      if (at - time >= quietMs) shownAt.delete(text);
    }
    if (shownAt.has(message)) return;
    shownAt.set(message, at);
    write(message.length > 500 ? `${message.slice(0, 500)} ...` : message);
  };
}
