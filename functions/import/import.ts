/** The operations of import: a place to upload to, and the import itself. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireName } from '../../lib/access/index.ts';
import { mediaType } from '../../lib/contracts/content-type.ts';
import { importRequest, importUploadRequest } from '../../lib/contracts/http.ts';
import { resourceName } from '../../lib/contracts/names.ts';
import { invalidInput, notFound, OnrampError, parseJson } from '../../lib/core/index.ts';
import { embeddingOf, unpackEmbedding } from '../../lib/embedding/index.ts';
import {
  createImportUpload,
  fetchImportUpload,
  type ImportDraft,
  importModel,
} from '../../lib/registry/index.ts';
import { refuseDeclared } from '../middleware/endpoint-models.ts';
import type { HttpRequest, RawBody } from '../middleware/http-request.ts';
import type { HttpAnswer, HttpHandler } from '../middleware/http-stack.ts';
import type { Platform } from '../middleware/platform.ts';
import { validate } from '../middleware/validate.ts';
import { createInspector } from './inspector.ts';

type ImportRequest = HttpRequest<RawBody>;

const fileTypes = [
  ...['application/octet-stream', 'application/onnx', 'application/x-onnx'],
  ...['application/zip', 'application/x-tar'],
];

/** The handler of import on a platform. */
export function createImport(platform: Platform, inspect = createInspector()): HttpHandler<RawBody> {
  return async (request) => {
    const model = validate(resourceName, request.path.model, 'model');
    requireName(request.access, 'model', model);
    refuseDeclared(platform.endpointModels, request);
    const name = `${request.method} ${request.route}`;
    if (name === 'POST /v1/models/{model}/versions/uploads') return createUpload(platform, model, request);
    if (name !== 'PUT /v1/models/{model}/versions') {
      throw notFound(`There is no ${name} here.`, { code: 'unknown_route' });
    }
    const promote = promoteOf(request);
    return inTemporaryFile(async (path) => {
      await receive(platform, request, { model, path });
      await unpackEmbedding(path);
      const look = async (): Promise<ImportDraft> => {
        const draft = await inspect(path);
        const embedding = await embeddingOf(path, draft.metadata);
        return { ...draft, ...(embedding && { embedding }) };
      };
      const { manifest, created } = await importModel(platform, model, { path, inspect: look, promote });
      request.annotate({ model, version: manifest.version, created });
      return { status: created ? 201 : 200, body: manifest };
    });
  };
}

async function createUpload(platform: Platform, model: string, { body }: ImportRequest): Promise<HttpAnswer> {
  const { bytes } = validate(importUploadRequest, parseJson(body.text()));
  const address = await createImportUpload(platform, model, { id: platform.newId(), sizeBytes: bytes });
  return { status: 200, body: { ...address, method: 'PUT' } };
}

function promoteOf({ query }: ImportRequest): boolean {
  const { promote = 'true' } = query;
  if (promote === 'true' || promote === 'false') return promote === 'true';
  throw invalidInput(`"promote" must be "true" or "false".`, { code: 'invalid_field', param: 'promote' });
}

/** Brings the model file to a path: out of the body, or from where it was uploaded to. */
async function receive(
  platform: Platform,
  { header, body }: ImportRequest,
  { model, path }: { readonly model: string; readonly path: string },
): Promise<void> {
  const type = mediaType(header('content-type'));
  if (fileTypes.includes(type)) {
    await writeFile(path, body.bytes());
    return;
  }
  if (type !== 'application/json') {
    throw new OnrampError(
      'unsupported_media_type',
      `The body is declared as "${type}"; send the ONNX file as "Content-Type: application/octet-stream", or {"upload": ...} as application/json.`,
      { code: 'content_type', param: 'content-type' },
    );
  }
  const { upload: id } = validate(importRequest, parseJson(body.text()));
  await fetchImportUpload(platform, model, { id, path });
}

/** Works on a file that is gone afterwards whatever happens. */
async function inTemporaryFile<T>(work: (path: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'onramp-import-'));
  try {
    return await work(join(directory, 'model.onnx'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
