import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyMatches, subscriptions } from '../../lib/contracts/events.ts';
import { killAndCheck } from './kill-rounds.ts';
import {
  type BodyOf,
  dataBucket,
  heartCsv,
  type Loop,
  linearSpec,
  runsOf,
  runUntilEnd,
  startLoop,
  until,
  waitForRun,
} from './support.ts';

const limitMs = 120_000;

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop.remove());

test('kill -9 while uploading, training and publishing loses nothing and leaves nothing half done', {
  timeout: limitMs,
}, async () => {
  const report = await killAndCheck(loop, { order: ['upload', 'training', 'publishing'], seed: 1 });

  expect(report.kills).toHaveLength(3);
  expect(report.versions).toBeGreaterThan(0);
});

/** The events delivered so far, as the platform remembers them. */
interface Delivered {
  readonly bucket: string;
  readonly key: string;
  readonly sequencer: string;
}

/** Puts every event about `name` on its queue again, `times` times; gives the ids of the messages. */
function deliverAgain(name: string, times: number): readonly string[] {
  const database = new DatabaseSync(join(loop.home, 'state.db'));
  const delivered = database
    .prepare("SELECT bucket, key, sequencer FROM delivered WHERE key LIKE '%/' || ? || '/%'")
    .all(name) as unknown as readonly Delivered[];
  const insert = database.prepare(
    'INSERT INTO messages (id, queue, body, sent_at, visible_at) VALUES (?, ?, ?, ?, ?)',
  );
  const ids: string[] = [];
  for (const { bucket, key, sequencer } of delivered) {
    const role = bucket === dataBucket ? 'data' : 'artifacts';
    const event = {
      source: 'aws.s3',
      'detail-type': 'Object Created',
      time: new Date().toISOString(),
      detail: { bucket: { name: bucket }, object: { key, sequencer } },
    };
    for (const line of subscriptions.filter(({ bucket: of, keys }) => of === role && keyMatches(keys, key))) {
      for (let time = 0; time < times; time += 1) {
        const id = randomUUID();
        insert.run(id, line.function, JSON.stringify(event), Date.now(), Date.now());
        ids.push(id);
      }
    }
  }
  // Forgotten, so that the object store announces them once more at the next start.
  database.prepare("DELETE FROM delivered WHERE key LIKE '%/' || ? || '/%'").run(name);
  database.close();
  return ids;
}

/** The lines of the functions about some messages, once each message has one. */
async function linesAbout(ids: readonly string[]): Promise<readonly string[]> {
  const read = (name: string): readonly string[] =>
    readFileSync(join(loop.home, 'logs', `${name}.log`), 'utf8').split('\n');
  return until(() => {
    const lines = ['preprocess', 'train', 'evaluate']
      .flatMap(read)
      .filter((line) => ids.some((id) => line.includes(`"message_id":"${id}"`)));
    return lines.length >= ids.length && lines;
  });
}

/** What a client can see of a model. */
async function stateOf(model: string) {
  const of = async <Body>(path: string): Promise<Body> =>
    (await loop.api<Body>('GET', `/v1/models/${model}${path}`)).body;
  return Promise.all([
    of<BodyOf<'get-model'>>(''),
    of<BodyOf<'list-versions'>>('/versions'),
    of<BodyOf<'list-runs'>>('/runs'),
    of<BodyOf<'list-evaluations'>>('/evaluations'),
  ]);
}

test('events delivered many times over, early and late, make one version and one report', {
  timeout: limitMs,
}, async () => {
  await loop.api('PUT', '/v1/models/often', { ...linearSpec, dataset: 'often' });
  await loop.upload('often', 'rows.csv', heartCsv(300));
  await loop.killTree();
  const early = deliverAgain('often', 5);
  await loop.start();
  const earlyLines = await linesAbout(early);
  const run = await waitForRun(loop, 'often', 'rows.csv');
  await until(async () => (await stateOf('often'))[3].data.length === 1);
  const before = await stateOf('often');

  await loop.killTree();
  const late = deliverAgain('often', 5);
  await loop.start();
  const lateLines = await linesAbout(late);
  const after = await stateOf('often');

  const [card, versions, runs] = before;
  expect(run).toMatchObject({ state: 'succeeded', version: '1' });
  expect([card.live, versions.data.length, runs.data.length]).toEqual(['1', 1, 1]);
  expect(late).toHaveLength(4 * 5);
  expect([...earlyLines, ...lateLines].filter((line) => !line.includes('message done'))).toEqual([]);
  expect(after).toEqual(before);
});

test('bad call: a second platform on the same folder or port is told why, and the first goes on', {
  timeout: limitMs,
}, async () => {
  const { port } = new URL(loop.url);

  const sameHome = await runUntilEnd(['--port', '0', '--s3-port', '0', '--home', loop.home]);
  const samePort = await runUntilEnd(['--port', port, '--s3-port', '0', '--home', `${loop.home}-2`]);

  expect(sameHome).toEqual({ code: 1, output: expect.stringContaining('choose another folder with --home') });
  expect(samePort).toEqual({ code: 1, output: expect.stringContaining(`port ${port} is in use`) });
  expect((await loop.api('GET', '/v1/models')).status).toBe(200);
});

test('SIGTERM in the middle of a training ends at once with code 0, and the next start finishes the run', {
  timeout: limitMs,
}, async () => {
  await loop.api('PUT', '/v1/models/stopped', { ...linearSpec, dataset: 'stopped' });
  await loop.upload('stopped', 'rows.csv', heartCsv(5_000));
  await until(async () => (await runsOf(loop, 'stopped')).some(({ state }) => state === 'running'), 5);

  const code = await loop.stop('SIGTERM');
  const silent = await fetch(`${loop.url}/healthz`).catch(() => null);
  await loop.start();
  const run = await waitForRun(loop, 'stopped', 'rows.csv');

  expect(code).toBe(0);
  expect(silent).toBeNull();
  expect(run).toMatchObject({ state: 'succeeded', version: '1' });
  expect(await runsOf(loop, 'stopped')).toHaveLength(1);
});
