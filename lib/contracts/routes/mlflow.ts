/** The routes of MLflow's scoring server, which SageMaker's containers have too. */
import * as z from 'zod';
import { predictionWarning } from '../http.ts';
import { jobView } from '../jobs.ts';
import { resourceName } from '../names.ts';
import { laterHeaders, serveQuery, versionQuery } from './parameters.ts';
import { type Route, route } from './route.ts';

const outputName = z.enum(['label', 'probabilities', 'all']);
const params = z
  .strictObject({
    output: outputName.optional(),
    strict: z.boolean().optional(),
    non_finite: z.enum(['error', 'null', 'string']).optional(),
  })
  .optional();

/** Exactly one form of data; what it holds depends on the model. */
const request = z.union([
  z.object({
    dataframe_split: z.object({
      columns: z.array(z.union([z.string(), z.int()])).optional(),
      index: z.array(z.unknown()).optional(),
      data: z.array(z.array(z.unknown())),
    }),
    params,
  }),
  z.object({ dataframe_records: z.array(z.record(z.string(), z.unknown())), params }),
  z.object({ instances: z.array(z.unknown()), params }),
  z.object({ inputs: z.unknown(), params }),
]);

const health = { function: 'predict', scope: 'none', response: z.null() } as const;

export const mlflowRoutes: readonly Route[] = [
  route({
    id: 'mlflow-invocations',
    method: 'POST',
    path: '/invocations',
    query: {
      model: { schema: resourceName.optional(), summary: 'May be left out where there is only one.' },
      ...versionQuery,
      ...serveQuery,
      output: { schema: outputName.optional(), summary: 'What a classifier answers; label by default.' },
    },
    headers: laterHeaders,
    function: 'predict',
    scope: 'predict',
    summary: "Predict in one of MLflow's forms; CSV begins with a line that names the columns.",
    request,
    requestTypes: ['application/json', 'text/csv'],
    response: z.object({
      predictions: z.unknown(),
      warnings: z.array(predictionWarning).optional(),
      warnings_omitted: z.int().optional(),
    }),
    accepted: jobView,
    example: {
      request: {
        dataframe_split: { columns: ['age', 'sex'], data: [[61, 'F']] },
        params: { output: 'probabilities' },
      },
    },
  }),
  route({
    ...health,
    id: 'mlflow-ping',
    method: 'GET',
    path: '/ping',
    summary: 'Answers when the service is up.',
  }),
  route({
    ...health,
    id: 'mlflow-health',
    method: 'GET',
    path: '/health',
    summary: 'Answers when the service is up.',
  }),
  route({
    ...health,
    id: 'mlflow-version',
    method: 'GET',
    path: '/version',
    summary: 'The version of the service.',
    response: z.string(),
    responseTypes: ['text/plain'],
  }),
];
