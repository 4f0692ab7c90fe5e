/** Published versions: lists, downloads, and which of them is live. */
import * as z from 'zod';
import { artifactKeys, versionNumber, versionStatus } from '../../lib/contracts/index.ts';
import { getModel, getVersion, listVersions, rollback, setLive } from '../../lib/registry/index.ts';
import { validate } from '../middleware/index.ts';
import { limitOf, listAnswer, modelOf, type Operations, versionOf } from './routing.ts';

const promotion = z.strictObject({ version: versionNumber });
const downloadSeconds = 300;

export const versionOperations: Operations = {
  'GET /v1/models/{model}/versions': async (platform, request) => {
    const { model } = await getModel(platform, modelOf(request));
    const { items, hasMore } = await listVersions(platform, model, { limit: limitOf(request) });
    return listAnswer(items, hasMore);
  },

  'GET /v1/models/{model}/versions/{version}': async (platform, request) => {
    const version = await getVersion(platform, modelOf(request), versionOf(request));
    return { status: 200, body: { ...version, model_version_status: [versionStatus(version.version)] } };
  },

  'GET /v1/models/{model}/versions/{version}/artifact': async (platform, request) => {
    const { model, version, artifact } = await getVersion(platform, modelOf(request), versionOf(request));
    const { url } = await platform.artifacts.presign('GET', artifactKeys.artifact(artifact.sha256), {
      expiresInSeconds: downloadSeconds,
      fileName: `${model}-${version}.onnx`,
    });
    return { status: 302, headers: { location: url } };
  },

  'POST /v1/models/{model}/promote': async (platform, request) => {
    const { model } = await getModel(platform, modelOf(request));
    const { version } = validate(promotion, request.body);
    return { status: 200, body: await setLive(platform, model, { version, reason: 'promoted by request' }) };
  },

  'POST /v1/models/{model}/rollback': async (platform, request) => {
    const { model } = await getModel(platform, modelOf(request));
    return { status: 200, body: await rollback(platform, model, { reason: 'rolled back by request' }) };
  },
};
