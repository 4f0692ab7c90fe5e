/** Asks a model about any number of rows, in as few requests as the limits allow. */
import type { PredictAnswer } from '../lib/client/index.ts';
import { predictLimits } from '../lib/contracts/index.ts';
import { isOnrampError, isRecord, OnrampError, upstream } from '../lib/core/index.ts';
import type { CommandContext } from './command.ts';

/** Rows of one request: under the limit by number and, with room for the frame, by size. */
const largestBatch = { rows: predictLimits.rows, bytes: predictLimits.bodyBytes - 65_536 };

/** A row as it was found; whether a model can take it is the service's to say. */
type Row = Readonly<Record<string, unknown>>;

/** Gathers rows and asks about them in as few requests as the limits allow. */
export interface Asker {
  add(row: unknown): Promise<void>;
  /** Asks about what is left. */
  end(): Promise<void>;
}

/** Hands on every answer, its rows counted from the first row of all. */
export function createAsker(
  { client, args }: CommandContext,
  version: string | undefined,
  onAnswer: (answer: PredictAnswer) => void,
): Asker {
  const model = args[0]!;
  let rows: Row[] = [];
  let sizeBytes = 0;
  let sent = 0;
  const flush = async (): Promise<void> => {
    if (rows.length === 0) return;
    const query = version === undefined ? {} : { version };
    const answer = await client
      .call('predict', { path: { model }, query, body: { instances: rows } })
      .catch((error: unknown) => {
        throw sent === 0 ? error : withPlace(error, sent);
      });
    requireRows(answer, model);
    onAnswer({ ...answer, warnings: answer.warnings.map((one) => ({ ...one, row: one.row + sent })) });
    sent += rows.length;
    [rows, sizeBytes] = [[], 0];
  };
  return {
    add: async (row) => {
      const bytes = Buffer.byteLength(JSON.stringify(row)) + 1;
      if (rows.length === largestBatch.rows || sizeBytes + bytes > largestBatch.bytes) await flush();
      rows.push(row as Row);
      sizeBytes += bytes;
    },
    end: flush,
  };
}

/** A container behind an endpoint answers in words of its own, and one that sleeps by a job. @throws upstream `no_predictions` */
function requireRows(answer: unknown, model: string): void {
  const { object, id, predictions, warnings }: Readonly<Record<string, unknown>> = isRecord(answer)
    ? answer
    : {};
  if (Array.isArray(predictions) && Array.isArray(warnings)) return;
  const words =
    object === 'job'
      ? `does not answer yet; its answer comes by GET /v1/jobs/${id}.`
      : `answers in words of its own, which this command cannot show; ask it by POST /v1/models/${model}/predict.`;
  throw upstream(`Model "${model}" ${words}`, { code: 'no_predictions' });
}

/** A refusal counts the rows of its own request. */
function withPlace(error: unknown, sent: number): unknown {
  if (!isOnrampError(error)) return error;
  const { kind, code, message } = error;
  return new OnrampError(kind, `After the first ${sent} rows, counted from there: ${message}`, {
    code,
    cause: error,
  });
}

/** The answers to parts as one, their rows counted from the first of all. */
export function joinAnswers(answers: readonly PredictAnswer[]): PredictAnswer {
  return {
    model: answers[0]?.model ?? '',
    version: answers[0]?.version ?? '',
    predictions: answers.flatMap(({ predictions }) => predictions),
    warnings: answers.flatMap(({ warnings }) => warnings),
  };
}
