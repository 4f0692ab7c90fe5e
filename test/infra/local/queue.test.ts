import { describe, expect, test } from 'vitest';
import { openQueue, type Queue, releaseHeldMessages } from '../../../infra/local/queue.ts';
import { inTransaction, openStateDatabase } from '../../../infra/local/state-database.ts';
import { countingIds, handClock, temporaryDatabase, temporaryFolder } from './support.ts';

const clock = handClock();
const newId = countingIds();

function queueOn(database = temporaryDatabase(), name = 'train', maxReceiveCount = 2): Queue {
  return openQueue(database, { name, maxReceiveCount, clock, newId });
}

const take = (queue: Queue) => queue.receive({ max: 10, visibilityMs: 1000 });

describe('a queue', () => {
  test('gives messages in the order they were sent and hides what it gave', () => {
    const queue = queueOn();
    queue.send('one');
    queue.send('two');

    const first = queue.receive({ max: 1, visibilityMs: 1000 });
    const rest = take(queue);

    expect(first.map(({ body }) => body)).toEqual(['one']);
    expect(rest.map(({ body }) => body)).toEqual(['two']);
    expect(take(queue)).toEqual([]);
  });

  test('gives a message again under the same id when its time at the receiver has passed', () => {
    const queue = queueOn();
    const id = queue.send('work');
    const [first] = take(queue);

    clock.advance(1000);
    const [second] = take(queue);

    expect(second).toMatchObject({ id, body: 'work', receiveCount: 2 });
    expect(second!.receipt).not.toBe(first!.receipt);
    expect(second!.firstReceivedAtMs).toBe(first!.firstReceivedAtMs);
  });

  test('that delays keeps a message back for so long, and one that is put back for as long as is said', () => {
    const options = { name: 'call', maxReceiveCount: 2, delayMs: 5000, clock, newId };
    const queue = openQueue(temporaryDatabase(), options);
    queue.send('work');
    clock.advance(4999);
    const early = take(queue);
    clock.advance(1);

    const [message] = take(queue);
    queue.putBack(message!.receipt, 0);

    expect(early).toEqual([]);
    expect(message).toMatchObject({ body: 'work', receiveCount: 1 });
    expect(take(queue)).toMatchObject([{ body: 'work', receiveCount: 2 }]);
  });

  test('forgets a deleted message, and takes an outdated receipt for nothing', () => {
    const queue = queueOn();
    queue.send('work');
    const [first] = take(queue);
    clock.advance(1000);
    const [second] = take(queue);

    const byOutdated = queue.delete(first!.receipt);
    const byCurrent = queue.delete(second!.receipt);

    expect([byOutdated, byCurrent]).toEqual([false, true]);
    expect(queue.count()).toBe(0);
  });

  test('gives a message that was put back after its delay, and says when that is', () => {
    const queue = queueOn();
    queue.send('work');
    const [message] = take(queue);

    queue.putBack(message!.receipt, 500);

    expect(queue.nextVisibleAt()).toBe(clock.now() + 500);
    expect(take(queue)).toEqual([]);
    clock.advance(500);
    expect(take(queue)).toMatchObject([{ id: message!.id, receiveCount: 2 }]);
  });

  test('moves a message to the dead letters, under its own id, when its deliveries are used up', () => {
    const queue = queueOn();
    const id = queue.send('poison');
    queue.putBack(take(queue)[0]!.receipt, 0);
    queue.putBack(take(queue)[0]!.receipt, 0);

    const third = take(queue);

    expect(third).toEqual([]);
    expect(queue.count()).toBe(0);
    expect(queue.deadLetters()).toEqual([{ id, body: 'poison' }]);
  });

  test('keeps its messages apart from those of another queue', () => {
    const database = temporaryDatabase();
    const train = queueOn(database);
    const evaluate = queueOn(database, 'evaluate');

    train.send('for train');

    expect(take(evaluate)).toEqual([]);
    expect(evaluate.nextVisibleAt()).toBeNull();
    expect(train.count()).toBe(1);
  });

  test('forgets a message whose transaction failed', () => {
    const database = temporaryDatabase();
    const queue = queueOn(database);

    const attempt = (): void =>
      inTransaction(database, () => {
        queue.send('never sent');
        throw new Error('the other half failed');
      });

    expect(attempt).toThrow('the other half failed');
    expect(queue.count()).toBe(0);
  });
});

describe('after a restart', () => {
  test('messages that were being worked on are there at once, and the cut-off delivery does not count', () => {
    const home = temporaryFolder();
    const before = openStateDatabase(home);
    queueOn(before).send('work');
    const [held] = queueOn(before).receive({ max: 1, visibilityMs: 900_000 });
    before.close();

    const database = temporaryDatabase(home);
    const released = releaseHeldMessages(database, clock);

    expect(released).toBe(1);
    expect(take(queueOn(database))).toMatchObject([{ id: held!.id, receiveCount: 1 }]);
  });

  test('a message that waits after a failure keeps waiting, and its delivery counts', () => {
    const database = temporaryDatabase();
    const queue = queueOn(database);
    queue.send('work');
    queue.putBack(take(queue)[0]!.receipt, 60_000);

    releaseHeldMessages(database, clock);

    expect(take(queue)).toEqual([]);
    clock.advance(60_000);
    expect(take(queue)).toMatchObject([{ receiveCount: 2 }]);
  });
});

describe('the state database', () => {
  test('bad call: opening a home folder that is in use is refused with the way out', () => {
    const home = temporaryFolder();
    temporaryDatabase(home);

    const second = (): unknown => openStateDatabase(home);

    expect(second).toThrow(/in use by another Onramp process.*--home/);
  });

  test('bad call: a file of another layout is refused instead of being misread', () => {
    const home = temporaryFolder();
    const database = openStateDatabase(home);
    database.exec('PRAGMA user_version = 99');
    database.close();

    const open = (): unknown => openStateDatabase(home);

    expect(open).toThrow(/layout 99/);
  });
});
