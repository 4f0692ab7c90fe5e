import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createS3ObjectStore, type ObjectStore } from '../../../lib/storage/index.ts';
import {
  buildTinyPlatform,
  type PlatformProcess,
  runPlatform,
  startPlatformProcess,
} from './platform-process.ts';
import { temporaryFolder, until } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'onramp-platform-'));
let main = '';
/** The same after a restart: the SDK of this process keeps its client. */
let s3Port = 0;

beforeAll(async () => {
  main = await buildTinyPlatform(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(home: string, ...more: string[]): Promise<PlatformProcess> {
  process.env.HOLD = home;
  const args = ['--port', '0', '--s3-port', String(s3Port), '--home', join(home, 'data'), ...more];
  const platform = await startPlatformProcess(main, args);
  s3Port = Number(new URL(platform.s3Url).port);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: platform.s3Url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'onramp',
    AWS_SECRET_ACCESS_KEY: 'onramp-local',
  });
  return platform;
}

const bucket = (name: 'data' | 'artifacts'): ObjectStore => createS3ObjectStore({ bucket: `onramp-${name}` });
const upload = (dataset: string) => bucket('data').put(`datasets/${dataset}/uploads/rows.csv`, 'age\n61\n');

/** The event that evaluate was woken by, once it has been. */
const evaluated = async (model: string): Promise<Record<string, unknown>> => {
  const object = await until(() => bucket('artifacts').get(`models/${model}/evaluations/1.json`));
  return JSON.parse(Buffer.from(object.body).toString());
};

const predict = (platform: PlatformProcess): Promise<Response> =>
  fetch(`${platform.url}/v1/models/heart/predict`, {
    method: 'POST',
    headers: { 'x-api-key': 'onramp-local' },
    body: '{}',
  });

/** The process that answers a new connection; `fetch` would keep to one. */
const apiId = (platform: PlatformProcess): Promise<number> =>
  new Promise((resolve, reject) => {
    get(`${platform.url}/healthz`, { agent: false }, (response) => {
      json(response).then((body) => resolve((body as { pid: number }).pid), reject);
    }).on('error', reject);
  });

const isRunning = (id: number): boolean => {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
};

const logOf = (home: string, name: string): string =>
  readFileSync(join(home, `data/logs/${name}.log`), 'utf8');

function changeState(home: string, statement: string): void {
  const database = new DatabaseSync(join(home, 'data/state.db'));
  database.exec(statement);
  database.close();
}

describe('the circle of the data', () => {
  test('an upload runs through preprocess, train and evaluate, and the API answers', async () => {
    const home = temporaryFolder();
    const platform = await start(home);

    await upload('heart');
    const event = await evaluated('heart');
    const answer = await predict(platform);
    const code = await platform.end('SIGTERM');

    expect(event).toMatchObject({
      source: 'aws.s3',
      'detail-type': 'Object Created',
      detail: { object: { key: 'models/heart/versions/1/manifest.json' } },
    });
    expect(await answer.json()).toEqual({ model: 'heart' });
    expect(code).toBe(0);
    expect(logOf(home, 'evaluate')).toContain('evaluated heart');
    expect(logOf(home, 'api')).toContain('predicted');
    expect(platform.output()).not.toContain('predicted');
  });

  test('a schedule that came due while the platform was off is made up at the next start', async () => {
    const home = temporaryFolder();
    const first = await start(home);
    await bucket('artifacts').put('models/heart/spec.json', '{"schedule":"rate(1 minute)"}');
    await first.end('SIGTERM');
    // As an older platform left it, which followed specs by itself.
    changeState(
      home,
      `CREATE TABLE model_schedules (model, expression, last_at);
       INSERT INTO model_schedules VALUES ('heart', 'rate(1 minute)', ${Date.now() - 150_000})`,
    );

    await start(home);
    const event = await evaluated('heart');

    expect(event).toMatchObject({ source: 'onramp.schedule', model: 'heart' });
  });
});

describe('after kill -9', () => {
  test('work that was cut off is done by the next platform, and no process is left over', async () => {
    const home = temporaryFolder();
    writeFileSync(join(home, 'hold-train'), '');
    const first = await start(home);
    const api = await apiId(first);
    await upload('heart');
    const trainId = Number(
      await until(() => existsSync(join(home, 'training')) && readFileSync(join(home, 'training'), 'utf8')),
    );

    await first.end('SIGKILL');
    await until(() => !isRunning(trainId) && !isRunning(api));
    rmSync(join(home, 'hold-train'));
    await start(home);
    await evaluated('heart');

    const manifest = await bucket('artifacts').get('models/heart/versions/1/manifest.json');
    expect(Buffer.from(manifest!.body).toString()).toBe('{"attempt":"1"}');
  });

  test('an event that got lost between commit and queue is delivered at the next start, and only then', async () => {
    const home = temporaryFolder();
    const first = await start(home);
    await upload('heart');
    await evaluated('heart');
    await first.end('SIGKILL');
    changeState(home, "DELETE FROM delivered WHERE key LIKE 'datasets/heart/uploads/%'");

    const second = await start(home);
    await upload('second');
    await evaluated('second');
    await second.end('SIGKILL');
    await start(home);
    await upload('third');
    await evaluated('third');

    expect(logOf(home, 'preprocess').match(/preprocessed \w+/g)).toEqual([
      'preprocessed heart',
      'preprocessed heart',
      'preprocessed second',
      'preprocessed third',
    ]);
  });
});

describe('the processes of the API', () => {
  test('share the port, and one that dies is replaced', async () => {
    const platform = await start(temporaryFolder(), '--workers', '2');
    const victim = await apiId(platform);

    process.kill(victim, 'SIGKILL');
    await until(() => platform.output().includes('is replaced'));
    const ids = new Set<number>();
    await until(async () => ids.add(await apiId(platform)).size === 2);

    expect(ids).not.toContain(victim);
  });

  test('finish the requests under way when the platform is stopped', async () => {
    const home = temporaryFolder();
    writeFileSync(join(home, 'hold-predict'), '');
    const platform = await start(home);
    const answer = predict(platform);
    await until(() => existsSync(join(home, 'predicting')));

    const ended = platform.end('SIGTERM');
    await until(() =>
      apiId(platform).then(
        () => false,
        () => true,
      ),
    );
    rmSync(join(home, 'hold-predict'));

    expect((await answer).status).toBe(200);
    expect(await ended).toBe(0);
  });
});

describe('a start that cannot be', () => {
  test('bad call: a home folder in use, a port in use and an unknown flag end it with the way out', async () => {
    const home = temporaryFolder();
    const running = await start(home);
    const port = new URL(running.url).port;
    const other = join(temporaryFolder(), 'data');

    const sameHome = await runPlatform(main, ['--port', '0', '--s3-port', '0', '--home', join(home, 'data')]);
    const samePort = await runPlatform(main, ['--port', port, '--s3-port', '0', '--home', other]);
    const sameS3Port = await runPlatform(main, ['--port', '0', '--s3-port', String(s3Port), '--home', other]);
    const unknown = await runPlatform(main, ['--verbose']);

    expect(sameHome).toEqual({
      code: 1,
      output: expect.stringContaining('choose another folder with --home'),
    });
    expect(samePort).toEqual({ code: 1, output: expect.stringContaining('choose another one with --port') });
    expect(sameS3Port).toEqual({
      code: 1,
      output: expect.stringContaining('choose another one with --s3-port'),
    });
    expect(unknown).toEqual({ code: 1, output: expect.stringContaining('--help lists the options') });
    expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
  });

  test('--help shows the options and ends', async () => {
    const help = await runPlatform(main, ['--help']);

    expect(help).toEqual({ code: 0, output: expect.stringContaining('--s3-port') });
  });
});
