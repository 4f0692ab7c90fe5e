/** Tells the ledger of usage what a request took that went through the queue of an endpoint. */
import { isJsonType } from '../../contracts/content-type.ts';
import type { EndpointJobRecord } from '../../contracts/index.ts';
import { conflict } from '../../core/index.ts';
import { type AnswerCounts, readCounts } from '../../endpoint/index.ts';
import type { ObjectInfo } from '../../storage/index.ts';
import type { SettleContext } from '../context.ts';
import { askedFor } from '../job-usage.ts';
import { longestWorkMs } from './hand-over.ts';
import type { Outcome } from './outcome.ts';

/** Longer answers are not read for what they say of themselves. */
const countedBytes = 8_388_608;

/**
 * Tells of an outcome: the same from whoever finds it, however often.
 *
 * @param answer its bytes, where they are at hand
 * @returns rows and tokens, as the answer tells them
 */
export async function meterOutcome(
  context: SettleContext,
  record: EndpointJobRecord,
  outcome: Outcome,
  answer?: Uint8Array,
): Promise<AnswerCounts> {
  const isAnswered = 'answer' in outcome;
  const told = isAnswered ? await countsIn(context, outcome.answer, answer) : {};
  // Of an input that was prepared here the rows are known.
  const counts = isAnswered && record.rows !== null ? { rows: record.rows, ...told } : told;
  if (!askedFor(record)) return counts;
  await context.meter?.({
    ...{ record, counts, ms: 0 },
    endpointMs: workedMs(record, isAnswered ? outcome.answer.modifiedAt : outcome.failedAt),
    ...(isAnswered ? { bytesOut: outcome.answer.sizeBytes } : { failure: outcome.failure }),
  });
  return counts;
}

/** Tells of a job that never came to its endpoint. */
export async function meterRefused(
  { meter }: SettleContext,
  record: EndpointJobRecord,
  failure: unknown,
): Promise<void> {
  if (askedFor(record)) await meter?.({ record, failure, ms: 0, endpointMs: 0 });
}

/** Tells of a job that was cancelled before its outcome was known; one that SageMaker refused was refused itself. */
export async function meterCancelled(context: SettleContext, record: EndpointJobRecord): Promise<void> {
  const { ticket, preparation } = record.endpoint;
  if (ticket === null && preparation === undefined) return;
  await meterRefused(context, record, conflict('The job was cancelled.', { code: 'cancelled' }));
}

async function countsIn(
  { artifacts }: SettleContext,
  { key, sizeBytes, contentType = 'application/json' }: ObjectInfo,
  answer: Uint8Array | undefined,
): Promise<AnswerCounts> {
  if (sizeBytes > countedBytes || !isJsonType(contentType)) return {};
  if (answer) return readCounts(answer);
  const reading = turn.then(async () => {
    const found = await artifacts.get(key);
    return found ? readCounts(found.body) : {};
  });
  turn = reading.then(nothing, nothing);
  return reading;
}

/** A list may find many answers at once: they are read one after the other, as together they would fill the memory. */
let turn: Promise<void> = Promise.resolve();
const nothing = (): void => {};

/** SageMaker tells of no other time: from the hand-over to the outcome, and never longer than a container may work. */
function workedMs({ created, endpoint }: EndpointJobRecord, endedAt: number | undefined): number {
  if (endedAt === undefined) return 0;
  const tookMs = endedAt - Date.parse(endpoint.handed_over ?? created);
  return Math.round(Math.min(longestWorkMs, Math.max(0, tookMs)));
}
