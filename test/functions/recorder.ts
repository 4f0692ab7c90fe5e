/** A logger that keeps its lines, for tests of what is logged. */
import type { Logger } from '../../lib/core/index.ts';

/** One line of a log. */
export interface Line {
  readonly level: string;
  readonly message: string;
  readonly data: Record<string, unknown>;
}

/** A logger whose lines can be looked at. */
export function recorder(): Logger & { readonly lines: Line[] } {
  const lines: Line[] = [];
  const say =
    (level: string) =>
    (message: string, data: Record<string, unknown> = {}) =>
      void lines.push({ level, message, data });
  return { lines, debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
}
