import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { adoptSchedules, createScheduler } from '../../../../infra/local/scheduler/index.ts';
import { handClock, temporaryDatabase, temporaryFolder } from '../support.ts';

const settings = {
  group: 'onramp',
  roleArn: 'arn:aws:iam::000000000000:role/schedules',
  queueArn: 'arn:aws:sqs:us-east-1:000000000000:onramp-evaluate',
};
const hour = 3_600_000;

/** A home as layout 1 left it: the schedules of two models, one of which has been deleted since. */
function oldHome(followedSince: number): string {
  const home = temporaryFolder();
  const database = new DatabaseSync(join(home, 'state.db'));
  database.exec(`
    CREATE TABLE messages (id TEXT PRIMARY KEY, queue TEXT NOT NULL, body TEXT NOT NULL, sent_at INTEGER NOT NULL,
      visible_at INTEGER NOT NULL, receive_count INTEGER NOT NULL DEFAULT 0, first_received_at INTEGER,
      receipt TEXT UNIQUE) STRICT;
    CREATE TABLE delivered (bucket TEXT NOT NULL, key TEXT NOT NULL, sequencer TEXT NOT NULL,
      PRIMARY KEY (bucket, key)) STRICT, WITHOUT ROWID;
    CREATE TABLE schedules (model TEXT PRIMARY KEY, expression TEXT NOT NULL, last_at INTEGER NOT NULL)
      STRICT, WITHOUT ROWID;
    INSERT INTO schedules VALUES ('heart', 'rate(6 hours)', ${followedSince}), ('gone', 'rate(1 hour)', 0);
    PRAGMA user_version = 1;`);
  database.close();
  return home;
}

async function* specs(expressions: Readonly<Record<string, string>>) {
  for (const [model, expression] of Object.entries(expressions)) yield { model, expression };
}

test('the schedules of an older home go on in their phase, and those of specs nobody followed begin', async () => {
  const clock = handClock();
  const database = temporaryDatabase(oldHome(clock.now() - 4 * hour));
  const reports: string[] = [];
  const sent: string[] = [];
  const adopt = (expressions: Readonly<Record<string, string>>) =>
    adoptSchedules(database, {
      settings,
      listSpecs: () => specs(expressions),
      nowMs: clock.now(),
      report: (message) => reports.push(message),
    });

  await adopt({
    heart: 'rate(6 hours)',
    late: 'rate(3 hours)',
    daily: 'cron(30 10 * * ? *)',
    over: 'cron(0 0 * * ? 2025)',
    odd: 'rate(1 fortnight)',
  });
  await adopt({ another: 'rate(1 minute)' });
  const scheduler = createScheduler(database, {
    clock,
    groups: [settings.group],
    targets: { [settings.queueArn]: (body) => sent.push(body) },
    newId: () => 'id',
    report: () => {},
  });
  for (let halfHours = 0; halfHours < 6; halfHours += 1) {
    clock.advance(hour / 2);
    scheduler.tick();
  }

  expect(sent.map((body) => JSON.parse(body))).toEqual([
    { source: 'onramp.schedule', model: 'daily', time: '2026-01-05T10:30:00Z' },
    { source: 'onramp.schedule', model: 'heart', time: '2026-01-05T12:00:00Z' },
    { source: 'onramp.schedule', model: 'late', time: '2026-01-05T13:00:00Z' },
  ]);
  expect(reports).toEqual([
    expect.stringMatching(/^over: .*its years are over/),
    expect.stringMatching(/^odd: the schedule "rate\(1 fortnight\)" is not followed/),
  ]);
});
