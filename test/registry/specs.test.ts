import { describe, expect, it } from 'vitest';
import {
  deleteModel,
  findSpec,
  getSpec,
  listModels,
  modelsOf,
  putSpec,
  specDigest,
} from '../../lib/registry/index.ts';
import { heartSpec, publishOne, testContext } from './records.ts';

describe('specs', () => {
  it('come back as they were put, with their digest', async () => {
    const context = testContext();

    const put = await putSpec(context, 'heart', heartSpec);

    expect(put).toEqual({
      model: 'heart',
      spec: heartSpec,
      digest: specDigest(heartSpec),
      modifiedAt: context.clock.timeMs,
      changed: true,
    });
    const { changed: _changed, ...stored } = put;
    expect(await getSpec(context, 'heart')).toEqual(stored);
  });

  it('have the same digest whatever the order of their fields, and another for other content', () => {
    const reordered = { target: 'disease', dataset: 'heart' };

    expect(specDigest(reordered)).toBe(specDigest(heartSpec));
    expect(specDigest({ ...heartSpec, seed: 8 })).not.toBe(specDigest(heartSpec));
  });

  it('are written only when they change', async () => {
    const context = testContext();
    await putSpec(context, 'heart', heartSpec);
    context.clock.timeMs += 1000;

    const same = await putSpec(context, 'heart', { ...heartSpec });
    const other = await putSpec(context, 'heart', { ...heartSpec, seed: 8 });

    expect(same).toMatchObject({ changed: false, modifiedAt: context.clock.timeMs - 1000 });
    expect(other).toMatchObject({ changed: true, modifiedAt: context.clock.timeMs });
  });

  it('tell which models there are and which learn from a data set', async () => {
    const context = testContext();
    await putSpec(context, 'b', heartSpec);
    await putSpec(context, 'a', { dataset: 'bikes', target: 'count' });
    await putSpec(context, 'c', heartSpec);
    await context.artifacts.put('models/rest/runs/1.json', '{}');

    expect((await listModels(context)).map(({ model }) => model)).toEqual(['a', 'b', 'c']);
    expect((await modelsOf(context, 'heart')).map(({ model }) => model)).toEqual(['b', 'c']);
    expect(await modelsOf(context, 'none')).toEqual([]);
  });

  it('bad call: a model that does not exist', async () => {
    const context = testContext();

    expect(await findSpec(context, 'none')).toBeNull();
    await expect(getSpec(context, 'none')).rejects.toMatchObject({
      kind: 'not_found',
      code: 'model_not_found',
    });
    await expect(deleteModel(context, 'none')).rejects.toMatchObject({ code: 'model_not_found' });
  });
});

describe('deleteModel', () => {
  it('removes the spec first, then the runs, then the rest, and no other model', async () => {
    const context = testContext();
    await putSpec(context, 'heart', heartSpec);
    await putSpec(context, 'heart-2', heartSpec);
    await publishOne(context, 'a');
    const removed: string[] = [];
    const artifacts: typeof context.artifacts = {
      ...context.artifacts,
      delete: async (key) => {
        removed.push(key.replace(/[0-9a-f]{16}/, 'run'));
        await context.artifacts.delete(key);
      },
    };

    await deleteModel({ ...context, artifacts }, 'heart');

    expect(removed).toEqual([
      'models/heart/spec.json',
      'models/heart/runs/run.json',
      'models/heart/versions/1/manifest.json',
    ]);
    expect((await listModels(context)).map(({ model }) => model)).toEqual(['heart-2']);
  });

  it('goes on where an earlier removal broke off', async () => {
    const context = testContext();
    await publishOne(context, 'a');

    await deleteModel(context, 'heart');

    await expect(deleteModel(context, 'heart')).rejects.toMatchObject({ code: 'model_not_found' });
    expect(await context.artifacts.list('models/heart/')[Symbol.asyncIterator]().next()).toMatchObject({
      done: true,
    });
  });
});
