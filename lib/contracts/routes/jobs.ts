/** The routes of jobs: predictions for a whole file, asked for now and fetched later. */
import * as z from 'zod';
import { listOf, uploadRequest, uploadTicket } from '../http.ts';
import { endpointJobRequest, jobRequest, jobView } from '../jobs.ts';
import { resourceName } from '../names.ts';
import { jobHeaders } from './parameters.ts';
import { type Route, route } from './route.ts';

export const jobRoutes: readonly Route[] = [
  route({
    id: 'create-job',
    method: 'POST',
    path: '/v1/models/{model}/jobs',
    function: 'control',
    scope: 'predict',
    summary: 'Predict for a whole file, or hand a file to a model behind an endpoint with a queue.',
    headers: jobHeaders,
    request: z.union([jobRequest, endpointJobRequest]),
    response: jobView,
    status: 202,
    example: {
      request: { input: { key: 'job-uploads/heart/0f8c/patients.csv' }, output: { format: 'parquet' } },
    },
  }),
  route({
    id: 'create-job-upload',
    method: 'POST',
    path: '/v1/models/{model}/jobs/uploads',
    function: 'control',
    scope: 'predict',
    summary: 'An address to which a file for a job is PUT; its key is then the input of the job.',
    request: uploadRequest,
    response: uploadTicket,
    example: { request: { file: 'patients.csv', bytes: 12345 } },
  }),
  route({
    id: 'list-jobs',
    method: 'GET',
    path: '/v1/jobs',
    query: {
      model: { schema: resourceName.optional(), summary: 'Only the jobs of this model.' },
      limit: {
        schema: z.int().min(1).max(1000).default(100),
        summary: 'How many, newest first.',
      },
    },
    function: 'control',
    scope: 'predict',
    summary: 'Jobs, newest first.',
    response: listOf(jobView),
  }),
  route({
    id: 'get-job',
    method: 'GET',
    path: '/v1/jobs/{id}',
    function: 'control',
    scope: 'predict',
    summary: 'How far a job is and, once it has succeeded, where its result is.',
    response: jobView,
  }),
  route({
    id: 'cancel-job',
    method: 'POST',
    path: '/v1/jobs/{id}/cancel',
    function: 'control',
    scope: 'predict',
    summary: 'End a job that waits or runs; one that has ended stays as it is.',
    response: jobView,
  }),
  route({
    id: 'delete-job',
    method: 'DELETE',
    path: '/v1/jobs/{id}',
    function: 'control',
    scope: 'predict',
    summary: 'Remove a job with its result and the file that was uploaded for it.',
    response: z.object({ id: z.string(), object: z.literal('job'), deleted: z.literal(true) }),
  }),
];
