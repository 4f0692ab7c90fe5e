import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { LambdaHttpHandler } from '../../../functions/middleware/index.ts';
import { type ObjectServer, startObjectServer } from '../../../infra/local/s3/index.ts';
import { createScheduler, startSchedulerServer } from '../../../infra/local/scheduler/index.ts';
import { openStateDatabase } from '../../../infra/local/state-database.ts';
import { systemClock } from '../../../lib/core/index.ts';
import { claimRun, enqueueRun, publishVersion, runId } from '../../../lib/registry/index.ts';
import { createS3ObjectStore } from '../../../lib/storage/index.ts';
import { uploadSource, versionDraft } from '../../registry/records.ts';
import { gatewayEvent, lambdaContext } from '../api-gateway.ts';

/** The handler as it is deployed: nothing is handed in, everything comes from the environment. */
let server: ObjectServer;
let directory: string;
let handler: LambdaHttpHandler;
let scheduler: { readonly url: string; nextDueAt(): number | null; close(): Promise<void> };

const queueArn = 'arn:aws:sqs:us-east-1:000000000000:evaluate';

async function startScheduler(credentials: { accessKeyId: string; secretAccessKey: string }) {
  const made = createScheduler(openStateDatabase(directory), {
    clock: systemClock,
    groups: ['onramp'],
    targets: { [queueArn]: () => {} },
    newId: () => 'id',
    report: () => {},
  });
  const options = { scheduler: made, credentials, host: '127.0.0.1', port: 0, report: () => {} };
  return { ...(await startSchedulerServer(options)), nextDueAt: made.nextDueAt };
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'control-'));
  const credentials = { accessKeyId: 'test-key', secretAccessKey: 'test-secret' };
  server = await startObjectServer({
    directory,
    port: 0,
    buckets: ['wired-data', 'wired-artifacts'],
    credentials,
  });
  vi.stubEnv('AWS_ENDPOINT_URL_S3', server.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
  vi.stubEnv('ONRAMP_DATA_BUCKET', 'wired-data');
  vi.stubEnv('ONRAMP_ARTIFACT_BUCKET', 'wired-artifacts');
  scheduler = await startScheduler(credentials);
  vi.stubEnv('AWS_ENDPOINT_URL_SCHEDULER', scheduler.url);
  vi.stubEnv('ONRAMP_SCHEDULE_GROUP', 'onramp');
  vi.stubEnv('ONRAMP_SCHEDULE_ROLE_ARN', 'arn:aws:iam::000000000000:role/schedules');
  vi.stubEnv('ONRAMP_EVALUATE_QUEUE_ARN', queueArn);
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  ({ handler } = await import('../../../functions/control/index.ts'));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await scheduler.close();
  await rm(directory, { recursive: true, force: true });
});

const call = async (method: string, route: string, path?: Record<string, string>, body?: unknown) => {
  const event = gatewayEvent({
    method,
    route,
    ...(path && { path }),
    ...(body === undefined ? {} : { body }),
  });
  const { statusCode, body: text, headers } = await handler(event, lambdaContext);
  return { statusCode, headers, json: text === '' ? null : JSON.parse(text) };
};

it('keeps models in S3', async () => {
  const put = await call(
    'PUT',
    '/v1/models/{model}',
    { model: 'heart' },
    { dataset: 'heart', target: 'disease' },
  );
  const list = await call('GET', '/v1/models');

  expect(put.statusCode).toBe(200);
  expect(list.json.data).toEqual([put.json]);
});

it('keeps schedules in EventBridge Scheduler', async () => {
  const spec = { dataset: 'heart', target: 'disease', schedule: 'cron(0 0 1 1 ? 2100)' };

  const put = await call('PUT', '/v1/models/{model}', { model: 'scheduled' }, spec);
  const dueAt = scheduler.nextDueAt();
  const removed = await call('DELETE', '/v1/models/{model}', { model: 'scheduled' });

  expect([put.statusCode, removed.statusCode]).toEqual([200, 200]);
  expect(dueAt).toBe(Date.parse('2100-01-01T00:00:00Z'));
  expect(scheduler.nextDueAt()).toBeNull();
});

it('gives an upload address that works as it is', async () => {
  const { json } = await call(
    'POST',
    '/v1/datasets/{dataset}/uploads',
    { dataset: 'heart' },
    { file: 'heart 1.csv' },
  );

  const answer = await fetch(json.url, { method: json.method, headers: json.headers, body: 'a,b\n1,2\n' });

  expect(answer.status).toBe(200);
  const stored = await createS3ObjectStore({ bucket: 'wired-data' }).get(json.key);
  expect(Buffer.from(stored!.body).toString()).toBe('a,b\n1,2\n');
});

it('lets one of ten workers train and publish, and redirects to the file', async () => {
  const context = { artifacts: createS3ObjectStore({ bucket: 'wired-artifacts' }), clock: systemClock };
  const draft = versionDraft();
  const { data_digest: dataDigest, spec_digest: specDigest } = draft.lineage;
  const key = { model: 'heart', run: runId({ dataDigest, specDigest, code: 'test' }) };
  await enqueueRun(context, { ...key, dataset: 'heart', dataDigest, specDigest, source: uploadSource() });

  const claims = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      claimRun(context, key, { owner: `message-${index}`, leaseMs: 60_000 }),
    ),
  );
  const leases = claims.flatMap((claim) => (claim.outcome === 'claimed' ? [claim.lease] : []));
  const publication = { draft, artifact: new TextEncoder().encode('model bytes') };
  const published = await Promise.all([1, 2, 3].map(() => publishVersion(context, leases[0]!, publication)));
  const redirect = await call('GET', '/v1/models/{model}/versions/{version}/artifact', {
    model: 'heart',
    version: '1',
  });
  const versions = await call('GET', '/v1/models/{model}/versions', { model: 'heart' });

  expect(leases).toHaveLength(1);
  expect(new Set(published.map(({ version }) => version))).toEqual(new Set(['1']));
  expect(versions.json.data).toHaveLength(1);
  expect(redirect.statusCode).toBe(302);
  const file = await fetch(String(redirect.headers?.location));
  expect(await file.text()).toBe('model bytes');
  expect(file.headers.get('content-disposition')).toContain('filename="heart-1.onnx"');
});
