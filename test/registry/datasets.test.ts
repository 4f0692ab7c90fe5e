import { describe, expect, it } from 'vitest';
import { sha256 } from '../../lib/core/index.ts';
import {
  advanceLatest,
  compareUploads,
  findDataset,
  getLatestDataset,
  listDatasets,
  putDatasetManifest,
  type RegistryContext,
} from '../../lib/registry/index.ts';
import { datasetManifest, testContext, uploadSource } from './records.ts';

/** An upload that was put at this minute and is now told of. */
const upload = (minute: number, sequencer = '0A') => ({
  digest: sha256(`content ${minute} ${sequencer}`),
  uploaded: `2026-11-22T11:${String(minute).padStart(2, '0')}:00.000Z`,
  sequencer,
});

async function store(context: RegistryContext, minute: number, dataset = 'heart') {
  const { digest, uploaded, sequencer } = upload(minute);
  const manifest = datasetManifest({ dataset, digest, source: uploadSource({ uploaded, sequencer }) });
  await putDatasetManifest(context, manifest);
  await advanceLatest(context, dataset, { digest, uploaded, sequencer });
  return manifest;
}

describe('advanceLatest', () => {
  it('ends with the newest upload, in whatever order they are told', async () => {
    const orders = [
      [1, 2, 3],
      [1, 3, 2],
      [2, 1, 3],
      [2, 3, 1],
      [3, 1, 2],
      [3, 2, 1],
      [3, 3, 1],
    ];

    for (const order of orders) {
      const context = testContext();
      let last = null;
      for (const minute of order) last = await advanceLatest(context, 'heart', upload(minute));
      expect(last!.latest).toEqual(upload(3));
      expect(last!.isLatest).toBe(order.at(-1) === 3);
    }
  });

  it('ends with the newest upload when all are told at once', async () => {
    const context = testContext();

    await Promise.all([4, 7, 1, 9, 3, 8].map((minute) => advanceLatest(context, 'heart', upload(minute))));

    expect((await advanceLatest(context, 'heart', upload(0))).latest).toEqual(upload(9));
  });

  it('says of an upload told twice that it is the newest, and writes it once', async () => {
    const context = testContext();
    await advanceLatest(context, 'heart', upload(1));
    context.clock.timeMs += 1000;

    const again = await advanceLatest(context, 'heart', upload(1));

    expect(again.isLatest).toBe(true);
    expect((await context.artifacts.head('datasets/heart/latest.json'))?.modifiedAt).toBe(
      context.clock.timeMs - 1000,
    );
  });

  it('goes by the sequencer when two uploads have the same time', async () => {
    const context = testContext();
    await advanceLatest(context, 'heart', upload(1, '0055AED6DCD90281E5'));

    const later = await advanceLatest(context, 'heart', upload(1, '0055AED6DCD90281E6'));
    const earlier = await advanceLatest(context, 'heart', upload(1, '0055AED6DCD90281E4'));

    expect([later.isLatest, earlier.isLatest]).toEqual([true, false]);
  });
});

describe('compareUploads', () => {
  const at = (uploaded: string, sequencer: string) => ({ uploaded, sequencer });
  const time = '2026-11-22T11:00:00.000Z';

  it.each([
    ['an earlier and a later time', at(time, 'FF'), at('2026-11-22T11:00:00.001Z', '00'), -1],
    ['the same time in other words', at('2026-11-22T11:00:00Z', '0A'), at(time, '0A'), 0],
    ['a shorter sequencer, padded with zeros on its right', at(time, '0B'), at(time, '0A99'), 1],
    ['sequencers that differ in zeros only', at(time, '0A'), at(time, '0A00'), 0],
  ])('%s', (_what, left, right, sign) => {
    expect(Math.sign(compareUploads(left, right))).toBe(sign);
    expect(Math.sign(compareUploads(right, left))).toBe(sign === 0 ? 0 : -sign);
  });
});

describe('data set versions', () => {
  it('are found by digest and as the newest', async () => {
    const context = testContext();
    const first = await store(context, 1);
    const second = await store(context, 2);

    expect(await getLatestDataset(context, 'heart')).toEqual(second);
    expect(await findDataset(context, 'heart', first.digest)).toEqual(first);
    expect(await getLatestDataset(context, 'none')).toBeNull();
  });

  it('are listed by name, the newest of each', async () => {
    const context = testContext();
    await store(context, 1, 'bikes');
    const bikes = await store(context, 2, 'bikes');
    const heart = await store(context, 1);

    expect(await listDatasets(context)).toEqual([bikes, heart]);
  });

  it('keep the newest source of the same bytes', async () => {
    const context = testContext();
    const first = datasetManifest();
    const newer = datasetManifest({
      source: uploadSource({ file: 'again.csv', uploaded: '2026-11-22T11:59:00.000Z' }),
    });

    await putDatasetManifest(context, first);
    const renewed = await putDatasetManifest(context, newer);
    const late = await putDatasetManifest(context, first);

    expect([renewed, late]).toEqual([newer, newer]);
  });

  it('are not spoilt by a later failure on the same bytes, but mended by a later success', async () => {
    const context = testContext();
    const source = uploadSource({ uploaded: '2026-11-22T11:59:00.000Z' });
    const failed = datasetManifest({
      state: 'failed',
      source,
      error: { code: 'x', message: 'x', param: null },
    });
    const ready = datasetManifest();

    expect(await putDatasetManifest(context, failed)).toEqual(failed);
    expect(await putDatasetManifest(context, ready)).toEqual(ready);
    expect(await putDatasetManifest(context, failed)).toEqual(ready);
  });
});
