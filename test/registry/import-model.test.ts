import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { artifactKeys, importedManifest, modelCard } from '../../lib/contracts/index.ts';
import { invalidInput, sha256 } from '../../lib/core/index.ts';
import {
  createImportUpload,
  deleteModel,
  fetchImportUpload,
  findSpec,
  getAliases,
  getModel,
  getSpec,
  type ImportDraft,
  importModel,
  listVersions,
  loadArtifact,
  modelsOf,
  putSpec,
  readModelCard,
  rollback,
} from '../../lib/registry/index.ts';
import { heartSpec, publishOne, type TestContext, testContext } from './records.ts';

const folder = mkdtempSync(join(tmpdir(), 'onramp-import-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let context: TestContext;
beforeEach(() => {
  context = testContext();
});

const draft: ImportDraft = {
  signature: {
    inputs: [{ name: 'x', type: 'float32', shape: ['N', 2] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['N', 2] }],
  },
  producer: 'pytorch',
  opsets: { 'ai.onnx': 17 },
  metadata: {},
  probe: { value: 0, shapes: [[1, 2]], batch: true },
  warnings: [{ code: 'batch_fixed', column: null, message: 'Only one row at a time.' }],
};
const inspect = async (): Promise<ImportDraft> => draft;

function fileOf(content: string): string {
  const path = join(folder, sha256(content));
  writeFileSync(path, content);
  return path;
}

const bring = (content: string, more: { promote?: boolean; model?: string } = {}) => {
  const { promote = true, model = 'silero' } = more;
  return importModel(context, model, { path: fileOf(content), inspect, promote });
};

const live = async () => (await getAliases(context, 'silero'))?.value.live ?? null;

describe('importModel', () => {
  it('makes the model with its first version, which is live at once', async () => {
    const { manifest, created } = await bring('one');

    expect(created).toBe(true);
    expect(importedManifest.parse(manifest)).toEqual(manifest);
    expect(manifest).toMatchObject({ model: 'silero', version: '1', origin: 'import', ...draft });
    expect(Buffer.from(await loadArtifact(context, manifest)).toString()).toBe('one');
    expect(await live()).toBe('1');
  });

  it('numbers later files on; only those that are to be promoted go live', async () => {
    await bring('one');
    const second = await bring('two', { promote: false });
    const third = await bring('three');

    expect([second.manifest.version, third.manifest.version]).toEqual(['2', '3']);
    expect(await live()).toBe('3');
    expect(await rollback(context, 'silero', { reason: 'test' })).toMatchObject({ live: '1' });
  });

  it('gives the version that holds the same bytes, without looking into the file again', async () => {
    const look = vi.fn(inspect);
    const options = { path: fileOf('one'), inspect: look, promote: true };
    const first = await importModel(context, 'silero', options);
    await bring('two');
    const again = await importModel(context, 'silero', options);

    expect(again).toEqual({ manifest: first.manifest, created: false });
    expect(look).toHaveBeenCalledTimes(1);
    expect(await live()).toBe('1');
  });

  it('gives imports at the same time different numbers, the same bytes one', async () => {
    const contents = ['a', 'b', 'c', 'd', 'a', 'b'];

    const imports = await Promise.all(contents.map((content) => bring(content)));

    const versions = imports.map(({ manifest }) => manifest.version);
    expect(versions.slice(0, 4).sort()).toEqual(['1', '2', '3', '4']);
    expect(versions.slice(4)).toEqual(versions.slice(0, 2));
    expect(imports.filter(({ created }) => created)).toHaveLength(4);
    const { items } = await listVersions(context, 'silero', { limit: 10 });
    expect(new Set(items.map(({ artifact }) => artifact.sha256)).size).toBe(4);
  });

  it('leaves nothing behind of a file that is refused', async () => {
    const refusing = async () => Promise.reject(invalidInput('No.', { code: 'not_onnx' }));
    const refused = importModel(context, 'silero', { path: fileOf('bad'), inspect: refusing, promote: true });

    await expect(refused).rejects.toMatchObject({ code: 'not_onnx' });
    const keys = [];
    for await (const { key } of context.artifacts.list('')) keys.push(key);
    expect(keys).toEqual([]);
  });

  it('withdraws the version if the model is deleted meanwhile', async () => {
    await bring('one');
    const deleting = {
      ...context,
      artifacts: {
        ...context.artifacts,
        put: async (...put: Parameters<typeof context.artifacts.put>) => {
          const written = await context.artifacts.put(...put);
          if (put[0] === artifactKeys.versionManifest('silero', '2')) {
            await context.artifacts.delete(artifactKeys.spec('silero'));
          }
          return written;
        },
      },
    };
    const late = importModel(deleting, 'silero', { path: fileOf('two'), inspect, promote: true });

    await expect(late).rejects.toMatchObject({ code: 'model_not_found' });
    expect(await context.artifacts.head(artifactKeys.versionManifest('silero', '2'))).toBeNull();
  });

  it('bad call: into a model that learns from a data set', async () => {
    await putSpec(context, 'heart', heartSpec);
    await publishOne(context, 'first');

    await expect(bring('one', { model: 'heart' })).rejects.toMatchObject({
      kind: 'conflict',
      code: 'trained_model',
      message: expect.stringMatching(/import under another name/),
    });
    expect((await listVersions(context, 'heart', { limit: 10 })).items).toHaveLength(1);
  });
});

describe('a model that was imported', () => {
  it('has a card with its signature and no figures', async () => {
    const { manifest } = await bring('one');

    const card = await readModelCard(context, await getModel(context, 'silero'));

    expect(modelCard.parse(card)).toEqual(card);
    expect(card).toMatchObject({
      ...{ name: 'silero', learner: 'imported', live: '1', versions: ['1'] },
      ...{ task: null, schema: null, dataset: null, target: null, metric: null },
      signature: draft.signature,
      producer: 'pytorch',
      opsets: { 'ai.onnx': 17 },
      warnings: draft.warnings,
      lineage: { version: '1', origin: 'import', sha256: manifest.artifact.sha256 },
    });
  });

  it('is passed over by whatever looks for models that learn', async () => {
    await bring('one');
    await putSpec(context, 'heart', heartSpec);

    expect(await findSpec(context, 'silero')).toBeNull();
    expect((await modelsOf(context, 'heart')).map(({ model }) => model)).toEqual(['heart']);
  });

  it('bad call: takes no spec', async () => {
    await bring('one');
    const conflict = { kind: 'conflict', code: 'imported_model' };

    await expect(putSpec(context, 'silero', heartSpec)).rejects.toMatchObject(conflict);
    await expect(getSpec(context, 'silero')).rejects.toMatchObject(conflict);
    expect(await getModel(context, 'silero')).toMatchObject({ spec: { origin: 'import' } });
  });

  it('is deleted with its uploads, and its name can then be used to learn', async () => {
    await bring('one');
    await context.artifacts.put(artifactKeys.import('silero', 'x'), 'bytes');

    await deleteModel(context, 'silero');

    expect(await context.artifacts.head(artifactKeys.import('silero', 'x'))).toBeNull();
    expect(await putSpec(context, 'silero', heartSpec)).toMatchObject({ changed: true });
  });
});

describe('uploads to import', () => {
  const id = '0b9a1c7e-5d52-4f2e-9a51-6f3f0c1d2e3f';
  const key = artifactKeys.import('silero', id);

  it('lie under a prefix of their own and are fetched by their id', async () => {
    const { upload } = await createImportUpload(context, 'silero', { id, sizeBytes: 5 });
    await context.artifacts.put(key, 'bytes');
    const path = join(folder, 'fetched');
    await fetchImportUpload(context, 'silero', { id: upload, path });

    expect(readFileSync(path, 'utf8')).toBe('bytes');
  });

  it('are removed after a day, when the next one is asked for', async () => {
    await context.artifacts.put(key, 'bytes');
    context.clock.timeMs += 23 * 3_600_000;
    await createImportUpload(context, 'silero', { id: 'another', sizeBytes: 5 });
    const after23Hours = await context.artifacts.head(key);
    context.clock.timeMs += 2 * 3_600_000;
    await createImportUpload(context, 'silero', { id: 'a-third', sizeBytes: 5 });

    expect(after23Hours).not.toBeNull();
    expect(await context.artifacts.head(key)).toBeNull();
  });

  it('bad call: too large, or not there', async () => {
    const large = createImportUpload(context, 'silero', { id, sizeBytes: 268_435_457 });
    await expect(large).rejects.toMatchObject({ kind: 'too_large', code: 'upload_too_large' });
    const missing = fetchImportUpload(context, 'silero', { id, path: join(folder, 'none') });
    await expect(missing).rejects.toMatchObject({ kind: 'not_found', code: 'upload_not_found' });
  });
});
