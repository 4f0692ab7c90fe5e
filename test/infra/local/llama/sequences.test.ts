import { expect, it } from 'vitest';
import type { Sequence } from '../../../../infra/local/llama/library.ts';
import { createSequencePool, type SequencePool } from '../../../../infra/local/llama/sequences.ts';

const sequenceOf = (...contextTokens: number[]): Sequence => ({ contextTokens }) as unknown as Sequence;
const never = new AbortController().signal;

/** Holds a sequence until it is told to give it back. */
async function hold(pool: SequencePool, tokens: readonly number[] = [], signal: AbortSignal = never) {
  const lent = pool.lend({ tokens, signal }, async function* (sequence) {
    yield sequence;
  });
  const { value } = await lent.next();
  return { sequence: value as Sequence, giveBack: () => lent.return(undefined) };
}

it('a request gets the free sequence that remembers most of its prompt', async () => {
  const pool = createSequencePool([sequenceOf(1, 2), sequenceOf(1, 2, 3, 9), sequenceOf(7)], 0);

  const [first, second] = [await hold(pool, [1, 2, 3, 4]), await hold(pool, [1, 2, 3, 4])];

  expect(first.sequence.contextTokens).toEqual([1, 2, 3, 9]);
  expect(second.sequence.contextTokens).toEqual([1, 2]);
});

it('those who wait are served in the order in which they came, before whoever comes later', async () => {
  const pool = createSequencePool([sequenceOf()], 3);
  const order: string[] = [];
  const first = await hold(pool);
  const wait = async (name: string) => {
    const { giveBack } = await hold(pool);
    order.push(name);
    await giveBack();
  };

  const waiting = [wait('second'), wait('third')];
  await first.giveBack();
  waiting.push(wait('latecomer'));
  await Promise.all(waiting);

  expect(order).toEqual(['second', 'third', 'latecomer']);
});

it('whoever leaves the queue makes room in it', async () => {
  const pool = createSequencePool([sequenceOf()], 1);
  const client = new AbortController();
  const { giveBack } = await hold(pool);
  const left = hold(pool, [], client.signal);

  client.abort(new Error('the client left'));
  await expect(left).rejects.toThrow('the client left');
  const next = hold(pool);
  await giveBack();

  await expect(next).resolves.toMatchObject({ sequence: {} });
});

it('bad call: one request more than the queue takes is told to come again', async () => {
  const pool = createSequencePool([sequenceOf()], 1);
  const { giveBack } = await hold(pool);
  const waiting = hold(pool);

  await expect(hold(pool)).rejects.toMatchObject({
    kind: 'rate_limited',
    code: 'queue_full',
    retryAfterSeconds: 1,
  });

  await giveBack();
  await (await waiting).giveBack();
});
