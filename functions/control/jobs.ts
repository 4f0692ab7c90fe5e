/** Jobs: predictions for a whole file; asked for, looked at, cancelled, fetched. */
import * as z from 'zod';
import { type Access, coversAll, coversName, requireName, requireScope } from '../../lib/access/index.ts';
import {
  artifactKeys,
  type JobInput,
  type JobRecord,
  type JobRequest,
  jobLimits,
  jobRequest,
  ownerOfInput,
  resourceName,
  uploadFileName,
  uploadRequest,
  versionNumber,
} from '../../lib/contracts/index.ts';
import { forbidden, invalidInput, OnrampError } from '../../lib/core/index.ts';
import {
  cancelJob,
  createJob,
  deleteJob,
  getJob,
  type JobOwners,
  jobNotFound,
  jobViewOf,
  listJobs,
  pinVersion,
  requestKey,
  settleJob,
} from '../../lib/jobs/index.ts';
import {
  type HttpAnswer,
  type HttpRequest,
  type Platform,
  readEnvironment,
  validate,
} from '../middleware/index.ts';
import { jobAnswer } from '../middleware/job-answer.ts';
import { acceptFile, uploadAnswer } from './endpoint-jobs.ts';
import { limitOf, listAnswer, modelOf, type Operations } from './routing.ts';

const jobName = z.string().regex(/^[0-9a-f]{32}$/, 'use the id of a job as GET /v1/jobs lists it');

/** The job of the path; that of a model which is not the caller's is as if it were not there. */
async function jobOf(platform: Platform, { path, access }: HttpRequest): Promise<JobRecord> {
  const id = validate(jobName, path.id, 'id');
  const record = await getJob(platform, id);
  if (!coversName(access, record.model)) throw jobNotFound(id);
  return record;
}

const requestSchema = jobRequest.extend({ version: versionNumber.optional() });
const uploadSeconds = 3600;

export const jobOperations: Operations = {
  'POST /v1/models/{model}/jobs': async (platform, request) => {
    const model = modelOf(request);
    const declared = platform.endpointModels?.get(model);
    if (declared) return acceptFile(platform, request, declared);
    const asked = validate(requestSchema, request.body);
    const { input, output, version, ...options } = asked;
    const record = await createJob(platform, {
      model,
      ...(version !== undefined && { version }),
      output: { ...output, keep: [...new Set(output.keep)] },
      options,
      key: requestKey(request.header('idempotency-key'), {
        ...{ model, request: asked },
        caller: request.access.caller,
      }),
      bringInput: () => findInput(platform, request.access, input),
    });
    request.annotate({ job: record.id });
    return jobAnswer(await jobViewOf(platform, record));
  },

  'POST /v1/models/{model}/jobs/uploads': async (platform, request) => {
    const model = modelOf(request);
    const declared = platform.endpointModels?.get(model);
    if (declared) return uploadAnswer(platform, request, declared);
    const { file, bytes } = validate(uploadRequest.extend({ file: uploadFileName }), request.body);
    if (bytes !== undefined && bytes > jobLimits.uploadBytes) {
      throw new OnrampError(
        'too_large',
        `"bytes": the file has ${bytes} bytes, one upload may have ${jobLimits.uploadBytes}; compress it or bring it in parts.`,
        { code: 'upload_too_large', param: 'bytes' },
      );
    }
    await pinVersion(platform, model);
    const key = artifactKeys.jobUpload(model, platform.newId(), file);
    const { url, headers } = await platform.artifacts.presign('PUT', key, {
      expiresInSeconds: uploadSeconds,
      ...(bytes !== undefined && { sizeBytes: bytes }),
    });
    return { status: 200, body: { url, method: 'PUT', headers, key } };
  },

  'GET /v1/jobs': async (platform, request) => {
    const { items, hasMore } = await listJobs(platform, ownersOf(request), { limit: limitOf(request) });
    return listAnswer(await Promise.all(items.map((record) => jobViewOf(platform, record))), hasMore);
  },

  'GET /v1/jobs/{id}': async (platform, request) =>
    viewAnswer(platform, await settleJob(platform, await jobOf(platform, request))),

  'POST /v1/jobs/{id}/cancel': async (platform, request) => {
    const { id } = await jobOf(platform, request);
    return viewAnswer(platform, await cancelJob(platform, id));
  },

  'DELETE /v1/jobs/{id}': async (platform, request) => {
    const { id } = await jobOf(platform, request);
    await deleteJob(platform, id);
    return { status: 200, body: { id, object: 'job', deleted: true } };
  },
};

/** Whose jobs the caller asks for. */
function ownersOf({ query, access }: HttpRequest): JobOwners {
  if (query.model === undefined) {
    return coversAll(access) ? { all: true } : { isWanted: (model) => coversName(access, model) };
  }
  const model = validate(resourceName, query.model, 'model');
  requireName(access, 'model', model);
  return { model };
}

async function viewAnswer(platform: Platform, record: JobRecord): Promise<HttpAnswer> {
  return { status: 200, body: await jobViewOf(platform, record) };
}

/** Where an input lies: what was uploaded for a job is in the bucket of artifacts, all else in that of data. */
function placeOf(input: JobRequest['input']): Pick<JobInput, 'bucket' | 'key'> & { readonly param: string } {
  const uploads = artifactKeys.jobUploads();
  if ('key' in input) {
    const bucket = input.key.startsWith(uploads) ? 'artifacts' : 'data';
    return { bucket, key: input.key, param: 'input.key' };
  }
  const { dataBucket, artifactBucket } = readEnvironment();
  const [, name = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(input.s3) ?? [];
  if (name === dataBucket) return { bucket: 'data', key, param: 'input.s3' };
  if (name === artifactBucket && key.startsWith(uploads))
    return { bucket: 'artifacts', key, param: 'input.s3' };
  throw invalidInput(
    `"input.s3": jobs read from s3://${dataBucket}/ and from what was uploaded for them; POST /v1/models/{model}/jobs/uploads brings a file.`,
    { code: 'input_not_allowed', param: 'input.s3' },
  );
}

/** What S3 takes for a key; it would refuse another one without saying that the request is at fault. */
const isObjectKey = (key: string): boolean => key.isWellFormed() && Buffer.byteLength(key) <= 1024;

/** Rows of a data set may be read by whoever may read it, what was uploaded for jobs of a model by whoever may ask it. */
function requireOwnInput(access: Access, { bucket, key, param }: ReturnType<typeof placeOf>): void {
  const owner = ownerOfInput(key);
  if (bucket === 'data') requireScope(access, 'read');
  if (owner) requireName(access, owner.kind, owner.name, param);
  else if (!coversAll(access)) {
    throw forbidden(`"${param}": this key is for uploads to its own models and data sets.`, {
      code: 'input_not_allowed',
      param,
    });
  }
}

async function findInput(platform: Platform, access: Access, input: JobRequest['input']): Promise<JobInput> {
  const place = placeOf(input);
  requireOwnInput(access, place);
  const { bucket, key, param } = place;
  if (!isObjectKey(key)) {
    throw invalidInput(`"${param}": a key is text of at most 1024 bytes in UTF-8.`, {
      code: 'invalid_field',
      param,
    });
  }
  const found = await platform[bucket].head(key);
  if (!found) {
    throw invalidInput(`"${param}": there is no object "${key}"; upload the file before the job is made.`, {
      code: 'input_not_found',
      param,
    });
  }
  const file = key.slice(key.lastIndexOf('/') + 1);
  return { kind: 'table', bucket, key, file, etag: found.etag, size_bytes: found.sizeBytes };
}
