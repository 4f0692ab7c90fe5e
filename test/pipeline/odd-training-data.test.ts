/** Data that a network, pictures, texts or a target of new classes bring along, from the upload to the outcome. */
import { expect, it, test, vi } from 'vitest';
import { findTrainedVersion } from '../../lib/registry/index.ts';
import { foldersOf, stripes } from '../pictures.ts';
import { createWorld, heartCsv, linearSpec, liveVersion, register, runsOf, upload } from './support.ts';

vi.setConfig({ testTimeout: 60_000 });

const pictureSpec = { dataset: 'heart', target: 'label', learner: 'linear' } as const;

it.each([
  { optimizer: 'sgd', learning_rate: 1e30 },
  { optimizer: 'gradient_descent', learning_rate: 1e30 },
] as const)(
  'bad call: a loss that is no number ends the run, naming the layer and what to try ($optimizer)',
  async (settings) => {
    const world = createWorld();
    await register(world, {
      ...{ ...linearSpec, learner: 'network' },
      parameters: { hidden: [8], epochs: 5, ...settings },
    });

    await upload(world, heartCsv(120));

    const [run] = await runsOf(world);
    expect(run?.state).toBe('failed');
    expect(run?.error?.code).not.toBe('internal');
    expect(run?.error?.message).toMatch(
      /The loss became (NaN|-?Infinity) at step \d+.*"head\.dense\d+\.\w+".*lower learning rate/,
    );
  },
);

test('pictures of mixed sizes are brought to one size', async () => {
  const world = createWorld();
  await register(world, pictureSpec);
  const small = await stripes(60, { width: 8, height: 8 });
  const large = await stripes(20, { width: 24, height: 16 });

  await upload(world, foldersOf([...small, ...large]), 'mixed.tar');

  const version = await findTrainedVersion(world, 'heart', '1');
  expect(await runsOf(world)).toMatchObject([{ error: null }]);
  expect(version?.schema.features[0]?.image).toMatchObject({ width: 8, height: 8 });
});

test('one truncated picture of a hundred is left out and named', async () => {
  const world = createWorld();
  await register(world, pictureSpec);
  const pictures = (await stripes(120)).map((one, index) =>
    index === 7 ? { ...one, png: one.png.subarray(0, one.png.length / 2) } : one,
  );

  await upload(world, foldersOf(pictures), 'one-cut.tar');

  const version = await findTrainedVersion(world, 'heart', '1');
  expect(version?.lineage.rows).toBe(119);
  expect(JSON.stringify(version?.warnings)).toContain('down/7.png');
});

test('bad call: more truncated pictures are refused by name', async () => {
  const world = createWorld();
  await register(world, pictureSpec);
  const pictures = (await stripes(60)).map((one, index) =>
    index % 10 === 7 ? { ...one, png: one.png.subarray(0, one.png.length / 2) } : one,
  );

  await upload(world, foldersOf(pictures), 'cut.tar').catch(() => {});

  const [run] = await runsOf(world);
  expect(run).toMatchObject({ state: 'failed', error: { message: expect.stringContaining('down/7.png') } });
});

test('bad call: texts that are all empty leave nothing to learn from', async () => {
  const world = createWorld();
  await register(world, { dataset: 'heart', target: 'label', features: { types: { review: 'text' } } });
  const rows = Array.from({ length: 100 }, (_, row) => `{"review":"","label":"${row % 2 ? 'a' : 'b'}"}\n`);

  await upload(world, rows.join(''), 'empty.jsonl');

  const [run] = await runsOf(world);
  expect(run).toMatchObject({ state: 'failed', error: { message: expect.stringMatching(/review/) } });
  expect(run?.error?.code).not.toBe('internal');
});

it.each([
  { learner: 'linear' },
  { learner: 'text_network', parameters: { width: 8, filters: 8, epochs: 2 } },
] as const)('some empty texts are learnt from beside the others ($learner)', async (settings) => {
  const world = createWorld();
  await register(world, { dataset: 'heart', target: 'label', ...settings });
  const words = ['good', 'bad'].map((word) => (row: number) => `a truly ${word} film number ${row}`);
  const rows = Array.from({ length: 200 }, (_, row) => {
    const review = row % 10 < 2 ? '' : words[row % 2]!(row);
    return `${JSON.stringify({ review, label: row % 2 ? 'no' : 'yes' })}\n`;
  });

  await upload(world, rows.join(''), 'some-empty.jsonl');

  expect(await runsOf(world)).toMatchObject([{ state: 'succeeded', error: null }]);
});

test('a class of one row, which a fold is tested on and has not learnt, is known all the same and warned of', async () => {
  const world = createWorld();
  const parameters = { hidden: [], epochs: 2 };
  await register(world, { dataset: 'heart', target: 'disease', learner: 'network', parameters });
  const lines = heartCsv(200).trimEnd().split('\n');
  const one = lines.with(17, lines[17]!.replace(/,(yes|no)$/, ',perhaps'));

  await upload(world, `${one.join('\n')}\n`);

  const version = await findTrainedVersion(world, 'heart', '1');
  expect(await runsOf(world)).toMatchObject([{ error: null }]);
  expect(version?.schema.classes).toEqual(['no', 'perhaps', 'yes']);
  expect(version?.warnings).toMatchObject([{ code: 'rare_class', column: 'disease' }]);
});

test('a class that the live version has not seen is learnt from newer data, and the live one is judged with it', async () => {
  const world = createWorld();
  await register(world);
  await upload(world, heartCsv(300));
  const lines = heartCsv(300).trimEnd().split('\n');
  const newer = lines.map((line, row) => (row % 10 === 5 ? line.replace(/,(yes|no)$/, ',perhaps') : line));

  await upload(world, `${newer.join('\n')}\n`, 'newer.csv');

  const newest = await findTrainedVersion(world, 'heart', '2');
  expect((await runsOf(world)).map(({ error }) => error)).toEqual([null, null]);
  expect(newest?.schema.classes).toEqual(['no', 'perhaps', 'yes']);
  expect(['1', '2']).toContain(await liveVersion(world));
});
