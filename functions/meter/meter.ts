/** Counts what was used: from the log lines of requests to the ledger. */
import {
  foldUsage,
  readUsageLine,
  type UsageContext,
  type UsageEntry,
  type UsagePrice,
  writeUsage,
} from '../../lib/usage/index.ts';
import type { LinesHandler } from '../middleware/log-stack.ts';

/** How often finished hours are summed. */
const foldPauseMs = 15 * 60_000;

/**
 * The handler over a ledger. A line that says nothing of a request is passed over: it would be no better the next time,
 * and must not keep the others from being counted.
 */
export function createMeter(context: UsageContext, price: UsagePrice): LinesHandler {
  let foldedAt = Number.NEGATIVE_INFINITY;
  return async (lines) => {
    const entries = lines
      .map((line) => readUsageLine(line, price))
      .filter((entry): entry is UsageEntry => entry !== null);
    await writeUsage(context, entries);
    const nowMs = context.clock.now();
    if (nowMs - foldedAt < foldPauseMs) return { entries: entries.length };
    foldedAt = nowMs;
    // The entries are written: a sum that fails is made later, or by whoever asks for it.
    const failure = await foldUsage(context).catch((error: unknown) => error);
    return { entries: entries.length, ...(failure instanceof Error && { unsummed: failure.message }) };
  };
}
