/** From an archive of pictures to a model that answers for pictures. */
import { beforeAll, expect, test } from 'vitest';
import { artifactKeys } from '../../lib/contracts/keys.ts';
import { decodePictures } from '../../lib/images/index.ts';
import { createJob, getJob } from '../../lib/jobs/index.ts';
import { createJobModels, runJob } from '../../lib/pipeline/index.ts';
import { findTrainedVersion } from '../../lib/registry/index.ts';
import { createModelCache, requireRows } from '../../lib/serve/index.ts';
import { encodePicture, foldersOf, stripes, zippedFoldersOf } from '../pictures.ts';
import { ask } from '../serve/ask.ts';
import { createWorld, liveVersion, register, runsOf, upload, type World } from './support.ts';

async function taught(): Promise<World> {
  const world = createWorld();
  await register(world, { dataset: 'heart', target: 'label', learner: 'linear' });
  await upload(world, foldersOf(await stripes(120)), 'stripes.tar');
  return world;
}

let world: World;
beforeAll(async () => {
  world = await taught();
}, 60_000);

test('an archive of folders becomes a live model that takes the pixels of a picture', async () => {
  const { schema, metrics, warnings } = (await findTrainedVersion(world, 'heart', '1'))!;

  expect(await liveVersion(world)).toBe('1');
  expect(await runsOf(world)).toMatchObject([{ state: 'succeeded', error: null }]);
  expect(schema.features).toEqual([
    {
      name: 'image',
      type: 'image',
      input: 'image',
      index: 0,
      missing: 0,
      image: { width: 8, height: 8, channels: 1, fit: 'cover' },
    },
  ]);
  expect(metrics.accuracy?.value).toBe(1);
  expect(warnings).toEqual([]);
});

test('the live model answers for a JPEG of another size', async () => {
  const models = createModelCache({ ...world, decodePictures });
  const model = requireRows(await models.resolve('heart'));
  const down = await encodePicture((x) => [(x >> 3) % 2 === 0 ? 60 : 140], {
    width: 32,
    height: 32,
    format: 'jpeg',
  });

  const { feeds } = model.read(JSON.stringify({ instances: [{ image: down.toString('base64') }] }));
  const { label } = await model.session.run(feeds);

  expect(label?.data).toEqual(['down']);
});

test('a zip of folders is learnt from by convolutions, and the live model answers for the bytes of a JPEG', async () => {
  const taught = createWorld();
  const parameters = {
    layers: [{ kind: 'convolution', filters: 4 }, { kind: 'max_pool' }],
    ...{ hidden: [], learning_rate: 0.02, batch_size: 16, epochs: 12, patience: 0 },
  };
  await register(taught, { dataset: 'heart', target: 'label', learner: 'convolution', parameters });
  await upload(taught, zippedFoldersOf(await stripes(100)), 'stripes.zip');
  const context = { ...taught, cache: createModelCache({ ...taught, decodePictures }) };
  const jpeg = (pixel: (x: number, y: number) => number) =>
    encodePicture((x, y) => [pixel(x, y)], { width: 32, height: 32, format: 'jpeg' });
  const labelOf = async (body: Uint8Array): Promise<string> => {
    const headers = { 'content-type': 'image/jpeg' };
    const asked = { path: { model: 'heart' }, headers, body };
    const { text } = await ask(context, 'POST /v1/models/{model}/predict', asked);
    return JSON.parse(text!).predictions[0].label;
  };

  const down = await labelOf(await jpeg((x) => ((x >> 3) % 2 === 0 ? 60 : 140)));
  const across = await labelOf(await jpeg((_x, y) => ((y >> 3) % 2 === 0 ? 60 : 140)));

  expect(await runsOf(taught)).toMatchObject([{ state: 'succeeded', error: null }]);
  expect(await findTrainedVersion(taught, 'heart', '1')).toMatchObject({ learner: 'convolution' });
  expect([down, across]).toEqual(['down', 'across']);
});

test('a job answers row by row; a picture that is damaged is the error of its row', async () => {
  let ids = 0;
  const context = { ...world, models: createJobModels(world), newId: () => `id-${++ids}` };
  const pictures = await stripes(4);
  const texts = pictures.map(({ png }, row) => (row === 2 ? png.subarray(0, 60) : png).toString('base64'));
  const content = texts.map((image, row) => JSON.stringify({ row: `r${row}`, image })).join('\n');
  const key = artifactKeys.jobUpload('heart', 'upload', 'rows.jsonl');
  const stored = await world.artifacts.put(key, content);
  const input = { kind: 'table', bucket: 'artifacts', key, file: 'rows.jsonl' } as const;
  const job = await createJob(context, {
    model: 'heart',
    output: { format: 'jsonl', keep: ['row'] },
    options: { strict: false, non_finite: 'error', on_error: 'skip' },
    key: null,
    bringInput: async () => ({ ...input, etag: stored!.etag, size_bytes: content.length }),
  });

  await runJob(context, job.id, { messageId: 'job', receiveCount: 1 });

  const done = await getJob(context, job.id);
  const linesOf = async (path: string) =>
    Buffer.from((await world.artifacts.get(path))!.body)
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  expect(done).toMatchObject({ state: 'succeeded', rows: 4, rows_done: 4, rows_failed: 1 });
  expect(
    (await linesOf(done.result!.key)).map(({ row, input, label, error }) => [row, input.row, label ?? error]),
  ).toEqual([
    [0, 'r0', 'across'],
    [1, 'r1', 'down'],
    [2, 'r2', 'invalid_image'],
    [3, 'r3', 'down'],
  ]);
  expect(await linesOf(done.errors!.key)).toMatchObject([{ row: 2, field: 'image', code: 'invalid_image' }]);
});

test('pictures, texts and numbers in one table are learnt from together', async () => {
  const mixed = createWorld();
  await register(mixed, { dataset: 'heart', target: 'kind', learner: 'linear' });
  const pictures = await stripes(120);
  const lines = pictures.map(({ label, png }, row) =>
    JSON.stringify({
      photo: { b64: png.toString('base64') },
      note: `number ${row} of many ${row % 3 === 0 ? 'good' : 'bad'} things said ${row}`,
      weight: row % 7,
      kind: label === 'down' && row % 3 === 0 ? 'wanted' : 'other',
    }),
  );

  await upload(mixed, lines.join('\n'), 'mixed.jsonl');

  const { schema, metrics, importances } = (await findTrainedVersion(mixed, 'heart', '1'))!;
  expect(schema.features.map(({ name, type, input }) => [name, type, input])).toEqual([
    ['photo', 'image', 'image'],
    ['note', 'text', 'text'],
    ['weight', 'numeric', 'numeric'],
  ]);
  expect(metrics.auc!.value).toBeGreaterThan(0.95);
  expect(importances).toBeUndefined();
});
