/** Data sets: where to upload to, and what became of the newest upload. */
import { coversName } from '../../lib/access/index.ts';
import { dataKeys, uploadFileName, uploadRequest } from '../../lib/contracts/index.ts';
import { notFound, OnrampError } from '../../lib/core/index.ts';
import { getLatestDataset, listDatasets, readDatasetProfile } from '../../lib/registry/index.ts';
import { validate } from '../middleware/index.ts';
import { datasetOf, limitOf, listAnswer, type Operations } from './routing.ts';

/** S3 takes no more in one upload. */
const largestUploadBytes = 5 * 1024 ** 3;
const uploadSeconds = 3600;

export const datasetOperations: Operations = {
  'POST /v1/datasets/{dataset}/uploads': async (platform, request) => {
    const dataset = datasetOf(request);
    const { file, bytes } = validate(uploadRequest.extend({ file: uploadFileName }), request.body);
    if (bytes !== undefined && bytes > largestUploadBytes) {
      throw new OnrampError(
        'too_large',
        `"bytes": the file has ${bytes} bytes, one upload may have ${largestUploadBytes}; compress it or send a part.`,
        { code: 'upload_too_large', param: 'bytes' },
      );
    }
    const key = dataKeys.upload(dataset, file);
    const { url, headers } = await platform.data.presign('PUT', key, {
      expiresInSeconds: uploadSeconds,
      ...(bytes !== undefined && { sizeBytes: bytes }),
    });
    return { status: 200, body: { url, method: 'PUT', headers, key } };
  },

  'GET /v1/datasets/{dataset}': async (platform, request) => {
    const dataset = datasetOf(request);
    const manifest = await getLatestDataset(platform, dataset);
    if (!manifest) {
      throw notFound(
        `Data set "${dataset}" does not exist or is not read yet; POST /v1/datasets/${dataset}/uploads brings a file.`,
        { code: 'dataset_not_found', param: 'dataset' },
      );
    }
    return { status: 200, body: { ...manifest, profile: await readDatasetProfile(platform, manifest) } };
  },

  'GET /v1/datasets': async (platform, request) => {
    const manifests = await listDatasets(platform, (dataset) => coversName(request.access, dataset));
    const limit = limitOf(request);
    return listAnswer(manifests.slice(0, limit), manifests.length > limit);
  },
};
