/** An object store on this machine with a model to ask, and the environment of a function that asks it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { localBuckets, localCredentials, localRegion } from '../../infra/local/config.ts';
import { functionEnvironment } from '../../infra/local/environment.ts';
import { startObjectServer } from '../../infra/local/s3/index.ts';
import { createS3ObjectStore } from '../../lib/storage/index.ts';
import { tinyFolder } from '../embedding-model.ts';
import { publish, type TestModel, type VersionName } from '../serve/models.ts';
import { importFolder } from '../serve/openai/embedding-bucket.ts';

/** Models that can be asked. */
export interface PublishedModels {
  /** Variables of the process of a function. */
  readonly environment: Readonly<Record<string, string>>;
  /** Adds a version and makes it live. */
  publish(name: VersionName, model: TestModel): Promise<void>;
  /** Adds a model that makes vectors of texts. */
  publishEmbedding(model: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts a store and publishes models in it. */
export async function publishModels(
  models: Readonly<Record<VersionName, TestModel>>,
): Promise<PublishedModels> {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-runtime-'));
  const server = await startObjectServer({
    directory: join(folder, 's3'),
    port: 0,
    buckets: Object.values(localBuckets),
    credentials: localCredentials,
  });
  const client = new S3Client({ region: localRegion, endpoint: server.url, credentials: localCredentials });
  const artifacts = createS3ObjectStore({ bucket: localBuckets.artifacts, client });
  const add = (name: VersionName, model: TestModel): Promise<void> => publish(artifacts, name, model);
  for (const [name, model] of Object.entries(models)) await add(name as VersionName, model);
  // Predict makes no schedules, so nobody answers there.
  const schedulerUrl = 'http://127.0.0.1:9';
  const where = { functionName: 'predict', s3Url: server.url, schedulerUrl, temporaryFolder: folder };
  return {
    publish: add,
    publishEmbedding: (model) => importFolder(artifacts, model, tinyFolder),
    environment: functionEnvironment(process.env, where),
    close: async () => {
      client.destroy();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
