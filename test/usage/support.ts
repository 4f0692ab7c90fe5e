/** Log lines of requests, as the functions write them, and a ledger in memory with a clock that is set by hand. */
import { createAccessLogger } from '../../functions/middleware/logging.ts';
import { defaultDeployment } from '../../lib/cost/index.ts';
import { createMemoryObjectStore, type ObjectStore } from '../../lib/storage/index.ts';
import {
  createUsagePrice,
  readUsageLine,
  type UsageContext,
  type UsageEntry,
} from '../../lib/usage/index.ts';

export const price = createUsagePrice(defaultDeployment, new Map());

/** A line as the access logger makes it, at a time of its own. */
export function logLine(
  fields: Readonly<Record<string, unknown>> = {},
  { message = 'answered', at = '2026-11-20T10:15:30.000Z' } = {},
): string {
  let text = '';
  createAccessLogger('predict', (line) => {
    text = line;
  }).info(message, {
    ...{ request_id: 'r1', method: 'POST', route: '/v1/models/{model}/predict', path: { model: 'heart' } },
    ...{ caller: 'shop', status: 200, ms: 2.5, bytes: 100, bytes_out: 250 },
    ...{ model: 'heart', version: '3', rows: 2 },
    ...fields,
  });
  return text.replace(/"timestamp":"[^"]+"/, `"timestamp":"${at}"`);
}

/** An entry of a request. */
export function entry(id: string, at: string, fields: Readonly<Record<string, unknown>> = {}): UsageEntry {
  return readUsageLine(logLine({ request_id: id, ...fields }, { at }), price)!;
}

/** A ledger, and the keys that were read and written. */
export interface TestLedger extends UsageContext {
  readonly reads: string[];
  readonly writes: string[];
  setTime(time: string): void;
  keys(prefix: string): Promise<string[]>;
}

export function createLedger(time = '2026-11-20T10:30:00Z'): TestLedger {
  let nowMs = Date.parse(time);
  const [reads, writes]: [string[], string[]] = [[], []];
  const store = createMemoryObjectStore();
  const artifacts: ObjectStore = {
    ...store,
    get: ((key: string, options?: never) => {
      reads.push(key);
      return store.get(key, options!);
    }) as ObjectStore['get'],
    put: async (key, body, options) => {
      const written = await store.put(key, body, options);
      if (written) writes.push(key);
      return written;
    },
  };
  return {
    ...{ artifacts, reads, writes },
    clock: { now: () => nowMs },
    setTime: (next) => {
      nowMs = Date.parse(next);
    },
    keys: async (prefix) => {
      const keys: string[] = [];
      for await (const { key } of store.list(prefix)) keys.push(key);
      return keys;
    },
  };
}
