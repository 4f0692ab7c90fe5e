/** Jobs of models behind endpoints with a queue: files too long for a request, uploaded and handed over. */
import type { EndpointModel } from '../../lib/contracts/endpoint-models.ts';
import {
  artifactKeys,
  endpointJobLimits,
  endpointJobRequest,
  type JobInput,
  uploadFileName,
  uploadRequest,
} from '../../lib/contracts/index.ts';
import { invalidInput, OnrampError } from '../../lib/core/index.ts';
import { acceptCall, jobViewOf, requestKey } from '../../lib/jobs/index.ts';
import { type HttpAnswer, type HttpRequest, readEnvironment, validate } from '../middleware/index.ts';
import { jobAnswer, jobFields } from '../middleware/job-answer.ts';
import { queueContext } from '../middleware/queue-context.ts';
import { imageFor, preparationFor, prepareUpload, requireReadable } from './prepare-upload.ts';
import type { ControlPlatform } from './routing.ts';

const uploadSeconds = 3600;

/** Makes a job of a file that was uploaded for the model. */
export async function acceptFile(
  platform: ControlPlatform,
  request: HttpRequest,
  declared: EndpointModel,
): Promise<HttpAnswer> {
  requireQueue(declared);
  const {
    method,
    route,
    access: { caller },
  } = request;
  const asked = validate(endpointJobRequest, request.body);
  const { input, accept, custom_attributes: customAttributes } = asked;
  const image = imageFor(declared, asked.content_type);
  const preparation = preparationFor(declared, asked.content_type);
  const record = await acceptCall(await queueContext(platform, platform.openEndpoints), {
    ...{ model: declared, contentType: asked.content_type, accept, customAttributes, preparation },
    asked: { caller, ...{ method, route } },
    key: requestKey(request.header('idempotency-key'), {
      ...{ model: declared.model, caller },
      request: { endpoint: declared.endpoint, ...asked },
    }),
    bringInput: async (id) => {
      const found = await findUpload(platform, keyOf(input), declared);
      if (preparation) requireReadable(found, asked.content_type);
      if (!image) return found;
      const { endpoint } = declared;
      return prepareUpload(platform, { id, endpoint, upload: found, contentType: asked.content_type, image });
    },
  });
  request.annotate(jobFields(record));
  return jobAnswer(await jobViewOf(platform, record));
}

/** Gives an address for a file. */
export async function uploadAnswer(
  { artifacts, newId }: ControlPlatform,
  request: HttpRequest,
  declared: EndpointModel,
): Promise<HttpAnswer> {
  requireQueue(declared);
  const { file, bytes } = validate(uploadRequest.extend({ file: uploadFileName }), request.body);
  if (bytes !== undefined && bytes > endpointJobLimits.uploadBytes) {
    throw new OnrampError(
      'too_large',
      `"bytes": the file has ${bytes} bytes; SageMaker hands at most ${endpointJobLimits.uploadBytes} to a container.`,
      { code: 'upload_too_large', param: 'bytes' },
    );
  }
  const key = artifactKeys.endpointUpload(declared.endpoint, declared.model, { id: newId(), file });
  const { url, headers } = await artifacts.presign('PUT', key, {
    expiresInSeconds: uploadSeconds,
    ...(bytes !== undefined && { sizeBytes: bytes }),
  });
  return { status: 200, body: { url, method: 'PUT', headers, key } };
}

/** SageMaker has queues before asynchronous endpoints only. */
function requireQueue({ model, kind }: EndpointModel): void {
  if (kind === 'async') return;
  throw invalidInput(
    `"${model}" has no queue: its endpoint is ${kind} and takes what fits into a request; POST /v1/models/${model}/predict, with "Prefer: respond-async" for a job. One with "kind": "async" takes files.`,
    { code: 'model_has_no_queue', param: 'model' },
  );
}

function keyOf(input: { readonly key: string } | { readonly s3: string }): string {
  if ('key' in input) return input.key;
  const place = `s3://${readEnvironment().artifactBucket}/`;
  return input.s3.startsWith(place) ? input.s3.slice(place.length) : '';
}

/** Endpoints read only what was brought for them: their role has no right to data sets. */
async function findUpload(
  { artifacts }: ControlPlatform,
  key: string,
  { endpoint, model }: EndpointModel,
): Promise<JobInput> {
  const details = { code: 'input_not_allowed', param: 'input' };
  if (!key.startsWith(artifactKeys.endpointUploads(endpoint, model)) || !key.isWellFormed()) {
    throw invalidInput(
      `"input": an endpoint reads what was uploaded for its model; POST /v1/models/${model}/jobs/uploads gives an address and the key.`,
      details,
    );
  }
  const found = await artifacts.head(key);
  if (!found) {
    throw invalidInput(`"input": there is no object "${key}"; upload the file before the job is made.`, {
      ...details,
      code: 'input_not_found',
    });
  }
  if (found.sizeBytes > endpointJobLimits.uploadBytes) {
    throw new OnrampError(
      'too_large',
      `"input": "${key}" has ${found.sizeBytes} bytes, more than a container is handed.`,
      {
        ...details,
        code: 'upload_too_large',
      },
    );
  }
  const file = key.slice(key.lastIndexOf('/') + 1);
  return { kind: 'file', bucket: 'artifacts', key, file, etag: found.etag, size_bytes: found.sizeBytes };
}
