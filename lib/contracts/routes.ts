/** The route table: every HTTP route once. The cloud's API, the local gateway and the API document are made from it. */
import * as z from 'zod';
import {
  errorBody,
  listOf,
  modelCard,
  predictResponse,
  runView,
  uploadRequest,
  uploadTicket,
} from './http.ts';
import { modelSpec } from './model-spec.ts';
import { aliases, datasetManifest, evaluationReport, versionManifest } from './records.ts';

/** What a key must be allowed to do; `none` needs no key. */
export type AuthScope = 'none' | 'predict' | 'read' | 'manage';

/** The functions that answer HTTPS. */
export type HttpFunction = 'predict' | 'control';

/** One line of the route table. */
export interface Route {
  /** Stable name, for logs and the API document. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path in API Gateway's form: `{name}` is one path part. */
  readonly path: string;
  readonly function: HttpFunction;
  readonly dialect: 'native';
  readonly scope: AuthScope;
  readonly summary: string;
  readonly request?: z.ZodType;
  readonly response: z.ZodType;
  readonly status: number;
  readonly example?: { readonly request?: unknown; readonly response?: unknown };
}

const route = (line: Omit<Route, 'dialect' | 'status'> & { readonly status?: number }): Route => ({
  dialect: 'native',
  status: 200,
  ...line,
});

const deleted = z.object({ id: z.string(), object: z.string(), deleted: z.literal(true) });

/** Rows as objects or arrays under `instances`, or columns under `columns`; checked by a tight loop, not by this schema. */
const predictRequest = z.union([
  z.object({ instances: z.array(z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())])) }),
  z.object({ columns: z.record(z.string(), z.array(z.unknown())) }),
]);

export const routes: readonly Route[] = [
  route({
    id: 'predict',
    method: 'POST',
    path: '/v1/models/{model}/predict',
    function: 'predict',
    scope: 'predict',
    summary: 'Predict for rows; ?version= asks for a version other than the live one.',
    request: predictRequest,
    response: predictResponse,
    example: { request: { instances: [{ age: 61, sex: 'F' }] } },
  }),
  route({
    id: 'put-model',
    method: 'PUT',
    path: '/v1/models/{model}',
    function: 'control',
    scope: 'manage',
    summary: 'Say what to learn; training starts when the data set is there.',
    request: modelSpec,
    response: modelCard,
    example: { request: { dataset: 'heart', target: 'disease', positive: 'yes', schedule: 'rate(1 day)' } },
  }),
  route({
    id: 'get-model',
    method: 'GET',
    path: '/v1/models/{model}',
    function: 'control',
    scope: 'read',
    summary: "The model's card: schema, metrics with intervals, lineage.",
    response: modelCard,
  }),
  route({
    id: 'delete-model',
    method: 'DELETE',
    path: '/v1/models/{model}',
    function: 'control',
    scope: 'manage',
    summary: 'Remove a model with its versions, runs and reports.',
    response: deleted,
  }),
  route({
    id: 'list-models',
    method: 'GET',
    path: '/v1/models',
    function: 'control',
    scope: 'read',
    summary: 'Every model with its card.',
    response: listOf(modelCard),
  }),
  route({
    id: 'list-versions',
    method: 'GET',
    path: '/v1/models/{model}/versions',
    function: 'control',
    scope: 'read',
    summary: 'Published versions, oldest first.',
    response: listOf(versionManifest),
  }),
  route({
    id: 'get-version',
    method: 'GET',
    path: '/v1/models/{model}/versions/{version}',
    function: 'control',
    scope: 'read',
    summary: 'One published version.',
    response: versionManifest,
  }),
  route({
    id: 'get-artifact',
    method: 'GET',
    path: '/v1/models/{model}/versions/{version}/artifact',
    function: 'control',
    scope: 'read',
    summary: 'Redirects to a short-lived download of the .onnx file.',
    response: z.null(),
    status: 302,
  }),
  route({
    id: 'list-runs',
    method: 'GET',
    path: '/v1/models/{model}/runs',
    function: 'control',
    scope: 'read',
    summary: 'Training runs, newest first.',
    response: listOf(runView),
  }),
  route({
    id: 'get-run',
    method: 'GET',
    path: '/v1/models/{model}/runs/{run}',
    function: 'control',
    scope: 'read',
    summary: 'One training run.',
    response: runView,
  }),
  route({
    id: 'list-evaluations',
    method: 'GET',
    path: '/v1/models/{model}/evaluations',
    function: 'control',
    scope: 'read',
    summary: 'Evaluation reports, newest first.',
    response: listOf(evaluationReport),
  }),
  route({
    id: 'evaluate-model',
    method: 'POST',
    path: '/v1/models/{model}/evaluations',
    function: 'control',
    scope: 'manage',
    summary: 'Evaluate the live version now.',
    response: z.object({ id: z.string(), object: z.literal('evaluation_request') }),
    status: 202,
  }),
  route({
    id: 'promote',
    method: 'POST',
    path: '/v1/models/{model}/promote',
    function: 'control',
    scope: 'manage',
    summary: 'Make a version live.',
    request: z.strictObject({ version: z.string() }),
    response: aliases,
    example: { request: { version: '2' } },
  }),
  route({
    id: 'rollback',
    method: 'POST',
    path: '/v1/models/{model}/rollback',
    function: 'control',
    scope: 'manage',
    summary: 'Make the version live that was live before.',
    response: aliases,
  }),
  route({
    id: 'retrain',
    method: 'POST',
    path: '/v1/models/{model}/retrain',
    function: 'control',
    scope: 'manage',
    summary: 'Train again on the newest data.',
    response: z.object({ id: z.string(), object: z.literal('retrain_request') }),
    status: 202,
  }),
  route({
    id: 'create-upload',
    method: 'POST',
    path: '/v1/datasets/{dataset}/uploads',
    function: 'control',
    scope: 'manage',
    summary: 'An address to which the file is then PUT; the upload starts the training.',
    request: uploadRequest,
    response: uploadTicket,
    example: { request: { file: 'heart.csv', bytes: 12345 } },
  }),
  route({
    id: 'get-dataset',
    method: 'GET',
    path: '/v1/datasets/{dataset}',
    function: 'control',
    scope: 'read',
    summary: 'The newest version of a data set with its profile.',
    response: datasetManifest.extend({ profile: z.unknown().nullable() }),
  }),
  route({
    id: 'list-datasets',
    method: 'GET',
    path: '/v1/datasets',
    function: 'control',
    scope: 'read',
    summary: 'Every data set, newest version of each.',
    response: listOf(datasetManifest),
  }),
  route({
    id: 'health',
    method: 'GET',
    path: '/healthz',
    function: 'control',
    scope: 'none',
    summary: 'Answers when the service is up.',
    response: z.object({ status: z.literal('ok') }),
  }),
];

/** The shape of every refusal in the native dialect. */
export const nativeError = errorBody;
