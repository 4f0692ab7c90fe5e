/** From an archive of pictures to a model that answers for pictures. */
import { beforeAll, expect, test } from 'vitest';
import { decodePictures } from '../../lib/images/index.ts';
import { findTrainedVersion } from '../../lib/registry/index.ts';
import { createModelCache, requireRows } from '../../lib/serve/index.ts';
import { encodePicture, foldersOf, stripes } from '../pictures.ts';
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
