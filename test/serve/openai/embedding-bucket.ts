/** A bucket with the tiny embedding model, published as an import would. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddingSettings } from '../../../lib/contracts/embedding.ts';
import { systemClock } from '../../../lib/core/index.ts';
import { embeddingOf, unpackEmbedding } from '../../../lib/embedding/index.ts';
import { checkModel } from '../../../lib/onnx/index.ts';
import { importModel } from '../../../lib/registry/index.ts';
import { createMemoryObjectStore, type ObjectStore } from '../../../lib/storage/index.ts';
import { archiveOf, type FolderFiles } from '../../embedding-model.ts';

/** Imports folders, each as the only version of its model. */
export async function embeddingBucket(models: Readonly<Record<string, FolderFiles>>): Promise<ObjectStore> {
  const artifacts = createMemoryObjectStore();
  for (const [model, files] of Object.entries(models)) await importFolder(artifacts, model, files);
  return artifacts;
}

/** Imports a folder, as a version that is live. */
export async function importFolder(artifacts: ObjectStore, model: string, files: FolderFiles): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-embedding-'));
  try {
    const path = join(folder, 'model.onnx');
    writeFileSync(path, archiveOf(files));
    await unpackEmbedding(path);
    const { graph, metadata, producer, opsets } = checkModel(readFileSync(path));
    const plain = ({ name, type, shape }: (typeof graph.inputs)[number]) => ({
      name,
      type,
      shape: [...shape],
    });
    const embedding = embeddingSettings.parse(await embeddingOf(path, metadata));
    const context = { artifacts, data: artifacts, clock: systemClock, pause: async () => {} };
    await importModel(context, model, {
      path,
      promote: true,
      inspect: async () => ({
        ...{ producer, opsets, metadata: {}, embedding, warnings: [] },
        signature: { inputs: graph.inputs.map(plain), outputs: graph.outputs.map(plain) },
      }),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
