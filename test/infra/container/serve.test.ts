import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fullAccess } from '../../../lib/access/index.ts';
import { artifactKeys } from '../../../lib/contracts/keys.ts';
import { servingFiles } from '../../../lib/contracts/serving-archive.ts';
import { getVersion, loadArtifact } from '../../../lib/registry/index.ts';
import { createModelCache, serveOperations } from '../../../lib/serve/index.ts';
import { createWorld, heartCsv, register, upload, type World } from '../../pipeline/support.ts';
import {
  type Container,
  createMlFolder,
  entry,
  type MlFolder,
  startContainer,
  startServing,
} from './support.ts';

let world: World;
let ml: MlFolder;
let served: Container & { readonly url: string };

beforeAll(async () => {
  world = createWorld();
  await register(world);
  await upload(world, heartCsv(300));
  const version = await getVersion(world, 'heart', '1');
  ml = createMlFolder();
  for (const { path, body } of servingFiles(version, await loadArtifact(world, version))) {
    ml.write(`model/${path}`, body);
  }
  // As SageMaker mounts it.
  chmodSync(join(ml.path, 'model'), 0o555);
  served = await startServing(ml);
}, 60_000);

afterAll(() => {
  served.child.kill('SIGKILL');
  chmodSync(join(ml.path, 'model'), 0o755);
  ml.remove();
});

const invoke = (body: string, type = 'application/json', query = '') =>
  fetch(`${served.url}/invocations${query}`, { method: 'POST', headers: { 'content-type': type }, body });

/** What the predict function answers to the same request. */
async function expected(body: string): Promise<unknown> {
  const cache = createModelCache(world);
  const answer = await serveOperations['POST /invocations']!(
    { ...world, cache },
    {
      method: 'POST',
      route: '/invocations',
      path: {},
      query: {},
      requestId: 'r',
      access: fullAccess('test'),
      body: { text: () => body, bytes: () => new TextEncoder().encode(body) },
      header: (name) => (name === 'content-type' ? 'application/json' : undefined),
    },
  );
  return JSON.parse(answer.text!);
}

const rows = {
  dataframe_split: {
    columns: ['age', 'sex', 'weight'],
    data: [
      [79, 'M', 60],
      [21, 'F', 60],
    ],
  },
  params: { output: 'probabilities' },
};

describe('a container that serves', () => {
  test('answers pings with nothing', async () => {
    const answer = await fetch(`${served.url}/ping`);

    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('');
  });

  test('answers invocations with the very numbers of the function', async () => {
    const answer = await invoke(JSON.stringify(rows));

    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(await answer.json()).toEqual(await expected(JSON.stringify(rows)));
  });

  test('takes CSV, as SageMaker’s clients send it', async () => {
    const answer = await invoke('age,sex,weight\n79,M,60\n21,F,60\n', 'text/csv');

    expect(await answer.json()).toMatchObject({ predictions: ['yes', 'no'] });
  });

  test('bad call: what is wrong with a request is told in the dialect’s own words', async () => {
    const wrong = await invoke('{"dataframe_split": 7}');
    const type = await invoke('x', 'text/html');
    const path = await fetch(`${served.url}/v1/models`);

    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toMatchObject({ error_code: 'BAD_REQUEST' });
    expect(type.status).toBe(415);
    expect(path.status).toBe(404);
  });

  test('takes a body of 8 MB, which the function would not', async () => {
    const body = JSON.stringify(rows).padEnd(8_000_000);

    const answer = await invoke(body);

    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual(await expected(JSON.stringify(rows)));
  });

  test('holds no rows of people beside the model', async () => {
    const version = await getVersion(world, 'heart', '1');

    const files = servingFiles(version, new Uint8Array(0));

    expect(version).toHaveProperty('background');
    expect(files.map(({ path }) => path)).toEqual([
      artifactKeys.versionManifest('heart', '1'),
      artifactKeys.aliases('heart'),
      artifactKeys.artifact(version.artifact.sha256),
    ]);
    expect(new TextDecoder().decode(files[0]!.body)).not.toContain('background');
  });

  test('answers what it has begun when it is told to stop, and exits with 0', async () => {
    const own = await startServing(ml);
    const answers = [1, 2, 3].map(() =>
      fetch(`${own.url}/invocations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(rows),
      }),
    );
    await Promise.race(answers);

    own.child.kill('SIGTERM');

    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await own.ended).toBe(0);
  });
});

describe('a container that cannot serve', () => {
  const refused: readonly [string, Readonly<Record<string, string>>, RegExp][] = [
    ['no model and no bucket', {}, /There is no model in .*onramp package/],
    ['a bucket without a name', { ONRAMP_ARTIFACT_BUCKET: '-' }, /ONRAMP_ARTIFACT_BUCKET is "-"/],
  ];

  test.each(refused)('bad call: %s ends it with 1 and the reason', async (_, environment, reason) => {
    const empty = createMlFolder();
    const container = startContainer(['serve'], { SAGEMAKER_BASE_DIR: empty.path, ...environment });

    expect(await container.ended).toBe(1);
    expect(container.output()).toMatch(reason);
    empty.remove();
  });

  test('bad call: a port that is none, and a word that is no command, are refused', async () => {
    const port = startContainer(['serve'], { SAGEMAKER_BASE_DIR: ml.path, SAGEMAKER_BIND_TO_PORT: '99999' });
    const word = startContainer(['bash'], {});

    expect([await port.ended, await word.ended]).toEqual([1, 1]);
    expect(port.output()).toContain('not a port');
    expect(word.output()).toContain('serve or train');
  });

  test('bad call: a model file that is damaged is found before the first ping', async () => {
    const damaged = createMlFolder();
    cpSync(join(ml.path, 'model'), join(damaged.path, 'model'), { recursive: true });
    const version = await getVersion(world, 'heart', '1');
    chmodSync(join(damaged.path, 'model'), 0o755);
    damaged.write(`model/${artifactKeys.artifact(version.artifact.sha256)}`, 'no model');
    const container = startContainer(['serve'], { SAGEMAKER_BASE_DIR: damaged.path });

    expect(await container.ended).toBe(1);
    expect(container.output()).toContain('missing or damaged');
    damaged.remove();
  });
});

describe('the image on Lambda', () => {
  test('hands the function that its command names to the runtime client', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onramp-image-'));
    cpSync(dirname(entry), folder, { recursive: true });
    const client = join(folder, 'node_modules', 'aws-lambda-ric');
    mkdirSync(client, { recursive: true });
    writeFileSync(
      join(client, 'index.mjs'),
      `import { existsSync } from 'node:fs';
       const { LAMBDA_TASK_ROOT: root, _HANDLER: name } = process.env;
       console.log(name, existsSync(root + '/' + name.replace(/[.].*/, '.js')));`,
    );
    const lambda = { AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001' };
    const named = startContainer(['train'], lambda, join(folder, 'main.js'));
    const unnamed = startContainer([], lambda, join(folder, 'main.js'));

    expect([await named.ended, await unnamed.ended]).toEqual([0, 0]);
    expect(named.output()).toBe('train.handler true\n');
    expect(unnamed.output()).toBe('predict.handler true\n');
    rmSync(folder, { recursive: true, force: true });
  });
});
