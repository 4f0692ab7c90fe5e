/** The routes by which a model that was trained elsewhere is brought along. */
import * as z from 'zod';
import { importRequest, importTicket, importUploadRequest } from '../http.ts';
import { importedManifest } from '../records.ts';
import { type Route, route } from './route.ts';

export const importRoutes: readonly Route[] = [
  route({
    id: 'import-version',
    method: 'PUT',
    path: '/v1/models/{model}/versions',
    query: {
      promote: {
        schema: z.enum(['true', 'false']),
        summary: 'false keeps the version from going live; it answers under its number.',
      },
    },
    function: 'import',
    scope: 'manage',
    summary:
      'Bring an ONNX file as the next version: checked, tried, live. The same bytes again give the same version.',
    request: importRequest,
    requestTypes: [
      ...['application/octet-stream', 'application/onnx', 'application/x-onnx'],
      ...['application/zip', 'application/x-tar', 'application/json'],
    ],
    response: importedManifest,
    status: 201,
    example: { request: { upload: '0b9a1c7e-5d52-4f2e-9a51-6f3f0c1d2e3f' } },
  }),
  route({
    id: 'create-import-upload',
    method: 'POST',
    path: '/v1/models/{model}/versions/uploads',
    function: 'import',
    scope: 'manage',
    summary: 'An address to PUT an ONNX file to that is too large for a request; import it by its "upload".',
    request: importUploadRequest,
    response: importTicket,
    example: { request: { bytes: 12_345_678 } },
  }),
];
