import { describe, expect, it } from 'vitest';
import { isImported } from '../../lib/contracts/records.ts';
import { sha256 } from '../../lib/core/index.ts';
import {
  claimRun,
  getRun,
  getVersion,
  listVersionNumbers,
  listVersions,
  loadArtifact,
  publishVersion,
  type RunLease,
} from '../../lib/registry/index.ts';
import type { ObjectStore } from '../../lib/storage/index.ts';
import { crashingStore } from './faulty-store.ts';
import {
  claim,
  leaseMs,
  publishOne,
  queueRun,
  type TestContext,
  testContext,
  versionDraft,
} from './records.ts';

const artifact = new TextEncoder().encode('model bytes');
const background = { bytes: new TextEncoder().encode('{"rows":1}'), rows: 1 };
const publication = { draft: versionDraft(), artifact, background };

async function collectKeys(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

/** The runs that own versions, in the order of the numbers. */
async function owners(context: TestContext): Promise<string[]> {
  return (await listVersions(context, 'heart', { limit: 100 })).items.flatMap((one) =>
    isImported(one) ? [] : [one.run],
  );
}

describe('publishVersion', () => {
  it('stores artifact and background by content and the manifest under the next number', async () => {
    const context = testContext();
    const record = await queueRun(context);

    const manifest = await publishVersion(context, await claim(context, record), publication);

    expect(manifest).toEqual({
      ...versionDraft(),
      model: 'heart',
      version: '1',
      run: record.run,
      created: '2026-11-22T12:00:00.000Z',
      artifact: { sha256: sha256(artifact), size_bytes: artifact.length },
      background: { sha256: sha256(background.bytes), size_bytes: background.bytes.length, rows: 1 },
    });
    const rows = await context.artifacts.get(`models/heart/backgrounds/${sha256(background.bytes)}.json`);
    expect(rows?.body).toEqual(background.bytes);
    expect(await getVersion(context, 'heart', '1')).toEqual(manifest);
    expect(await loadArtifact(context, manifest)).toEqual(artifact);
  });

  it('counts on, also past nine and past gaps', async () => {
    const context = testContext();
    for (let index = 0; index < 11; index += 1) await publishOne(context, `run ${index}`);
    await context.artifacts.delete('models/heart/versions/3/manifest.json');

    expect(await publishOne(context, 'last')).toBe('12');
    expect(await listVersionNumbers(context, 'heart')).toEqual([
      '1',
      '2',
      '4',
      '5',
      '6',
      '7',
      '8',
      '9',
      '10',
      '11',
      '12',
    ]);
  });

  it('gives the same version back, told as often as you like', async () => {
    const context = testContext();
    const lease = await claim(context, await queueRun(context));

    const first = await publishVersion(context, lease, publication);
    const other = { draft: versionDraft({ learner: 'forest' }), artifact: new Uint8Array([9]) };
    const again = await Promise.all([1, 2, 3, 4].map(() => publishVersion(context, lease, other)));

    expect(again).toEqual([first, first, first, first]);
    expect(await owners(context)).toEqual([lease.run]);
  });

  it('gives every one of many runs at once a number of its own', async () => {
    const context = testContext();
    const labels = Array.from({ length: 8 }, (_, index) => `run ${index}`);

    const numbers = await Promise.all(labels.map((label) => publishOne(context, label)));

    expect(numbers.map(Number).sort((left, right) => left - right)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(new Set(await owners(context)).size).toBe(8);
  });

  /** Writes of one publication: the number into the run, the artifact, the background, the manifest. */
  const crashes = [1, 2, 3, 4].flatMap((atWrite) =>
    (['before', 'after'] as const).map((side) => ({ atWrite, side })),
  );

  it.each(crashes)('a crash $side write $atWrite and another try give exactly one version', async (crash) => {
    const context = testContext();
    const record = await queueRun(context);
    const lease = await claim(context, record);
    const store = crashingStore(context.artifacts, crash);

    await expect(publishVersion({ ...context, artifacts: store }, lease, publication)).rejects.toThrow(
      'crash',
    );
    const visible = await listVersionNumbers(context, 'heart');
    const other = await publishOne(context, 'another run meanwhile');
    const again = await claimRun(context, record, { owner: 'message-1', leaseMs });
    const manifest =
      again.outcome === 'claimed' ? await publishVersion(context, again.lease, publication) : null;

    expect(store.crashed()).toBe(true);
    expect(visible).toEqual(crash.atWrite === 4 && crash.side === 'after' ? ['1'] : []);
    expect(manifest === null).toBe(visible.length === 1);
    expect((await owners(context)).filter((run) => run === record.run)).toHaveLength(1);
    expect((await owners(context)).length).toBe(2);
    expect(other).toBe(visible.length === 1 ? '2' : '1');
    for (const one of (await listVersions(context, 'heart', { limit: 10 })).items) {
      await expect(loadArtifact(context, one)).resolves.toBeInstanceOf(Uint8Array);
    }
  });

  it('writes as often as the crashes above are tried', async () => {
    const context = testContext();
    const lease = await claim(context, await queueRun(context));
    let writes = 0;
    const counting: ObjectStore = {
      ...context.artifacts,
      put: (...args) => {
        writes += 1;
        return context.artifacts.put(...args);
      },
    };

    await publishVersion({ ...context, artifacts: counting }, lease, publication);

    expect(writes).toBe(4);
  });

  /**
   * The old worker stops for as long as it likes just before one of its writes; the heir publishes meanwhile,
   * another run may take the number; then the old worker goes on.
   */
  it.each([
    { stopAt: 1, rival: false },
    { stopAt: 1, rival: true },
    { stopAt: 2, rival: false },
    { stopAt: 2, rival: true },
    { stopAt: 3, rival: false },
    { stopAt: 3, rival: true },
    { stopAt: 4, rival: false },
    { stopAt: 4, rival: true },
  ])(
    'a worker that lost its lease at write $stopAt adds no version (another run: $rival)',
    async ({ stopAt, rival }) => {
      const context = testContext();
      const record = await queueRun(context);
      const old = await claim(context, record, 'message-1');
      let writes = 0;
      const slow: ObjectStore = {
        ...context.artifacts,
        put: async (...args) => {
          writes += 1;
          if (writes === stopAt) {
            if (rival) await publishOne(context, 'rival');
            context.clock.timeMs += leaseMs;
            const heir = await claim(context, record, 'message-2');
            await publishVersion(context, heir, publication);
          }
          return context.artifacts.put(...args);
        },
      };

      const outcome = await publishVersion({ ...context, artifacts: slow }, old, publication).catch(
        (error: unknown) => error,
      );

      const owned = (await owners(context)).filter((run) => run === record.run);
      expect(owned).toHaveLength(1);
      expect(await owners(context)).toHaveLength(rival ? 2 : 1);
      expect(outcome).toMatchObject(
        stopAt === 1 || rival ? { code: 'lease_lost' } : { run: record.run, version: '1' },
      );
      expect((await getRun(context, record)).version).toBe(rival ? '2' : '1');
    },
  );

  it('two workers that both believe in their lease publish one version', async () => {
    const context = testContext();
    const record = await queueRun(context);
    const lease: RunLease = await claim(context, record);

    const both = await Promise.all([
      publishVersion(context, lease, publication),
      publishVersion(context, { ...lease }, { ...publication, artifact: new Uint8Array([2]) }),
    ]);

    expect(both[0]).toEqual(both[1]);
    expect(await owners(context)).toEqual([record.run]);
  });

  it('stores equal artifacts once', async () => {
    const context = testContext();
    for (const label of ['a', 'b']) {
      await publishVersion(context, await claim(context, await queueRun(context, label)), publication);
    }

    expect(await collectKeys(context.artifacts, 'artifacts/')).toEqual([`artifacts/${sha256(artifact)}`]);
  });

  it('bad call: the model was deleted while the worker trained', async () => {
    const context = testContext();
    const record = await queueRun(context);
    const lease = await claim(context, record);
    await context.artifacts.delete(`models/heart/runs/${record.run}.json`);

    await expect(publishVersion(context, lease, publication)).rejects.toMatchObject({ code: 'lease_lost' });
    expect(await collectKeys(context.artifacts, 'models/')).toEqual([]);
  });
});

describe('loadArtifact', () => {
  it('bad call: the file is gone or damaged', async () => {
    const context = testContext();
    const manifest = await publishVersion(
      context,
      await claim(context, await queueRun(context)),
      publication,
    );
    const key = `artifacts/${manifest.artifact.sha256}`;

    await context.artifacts.put(key, 'other bytes');
    await expect(loadArtifact(context, manifest)).rejects.toMatchObject({ code: 'artifact_corrupt' });
    await context.artifacts.delete(key);
    await expect(loadArtifact(context, manifest)).rejects.toMatchObject({ code: 'artifact_missing' });
  });
});
