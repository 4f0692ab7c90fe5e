import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { faultOf } from './answers.ts';
import { requestOf } from './requests.ts';
import { createService, type WireAnswer, type WireRequest } from './service.ts';

/** Requests for each dialect; `ONRAMP_FUZZ_REQUESTS=25000` makes a hundred thousand of the four. */
const count = Number(process.env.ONRAMP_FUZZ_REQUESTS ?? 1_000);
/** Another number makes other requests. */
const firstSeed = Number(process.env.ONRAMP_FUZZ_SEED ?? 1);
/** Far more than any request takes here; one that takes longer hangs. */
const patienceMs = 20_000;

vi.setConfig({ testTimeout: Math.max(60_000, count * 20) });

let send: (request: WireRequest) => Promise<WireAnswer>;
beforeAll(async () => {
  send = await createService();
});

async function sendInTime(request: WireRequest): Promise<WireAnswer> {
  const startedAt = performance.now();
  const answer = await send(request);
  if (performance.now() - startedAt > patienceMs) throw new Error('took too long');
  return answer;
}

describe.each(['native', 'oip', 'tensorflow', 'mlflow'])('whatever is sent in the dialect %s', (dialect) => {
  it('is answered by the rules of the dialect, and never by a failure', async () => {
    const statuses = new Map<number, number>();

    await fc.assert(
      fc.asyncProperty(fc.nat(2 ** 31 - 1), async (seed) => {
        const request = requestOf(seed, dialect);
        const answer = await sendInTime(request);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        const fault = faultOf(request, answer);
        if (fault !== null) {
          const { body, ...rest } = request;
          const sent = JSON.stringify({ ...rest, body: body?.toString('latin1') });
          throw new Error(
            `${fault}\nsent: ${sent}\nanswered: ${answer.body.toString('utf8').slice(0, 2_000)}`,
          );
        }
      }),
      { numRuns: count, seed: firstSeed, endOnFailure: true },
    );

    // The generator must reach both the answers and the refusals.
    expect(statuses.get(200) ?? 0).toBeGreaterThan(count / 50);
    expect(statuses.get(400) ?? 0).toBeGreaterThan(count / 50);
  });
});
