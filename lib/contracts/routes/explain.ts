/** The routes that explain answers and show what preprocessing makes of rows. */
import * as z from 'zod';
import { explainLimits, explainMethods } from '../explain.ts';
import { predictionWarning } from '../http.ts';
import { type Route, route } from './route.ts';

const rows = z.array(z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]));
const numbers = z.record(z.string(), z.number());

/** One explanation; several a row with three classes and more. */
const explanation = z.object({
  id: z.string(),
  row: z.int(),
  class: z.string().optional(),
  base_value: z.number(),
  prediction: z.number(),
  values: numbers,
  standard_errors: numbers.optional(),
  r2: z.number().optional(),
  summary: z.string(),
});

const warnings = { warnings: z.array(predictionWarning), warnings_omitted: z.int().optional() };
const version = { schema: z.string(), summary: 'A version other than the live one.' };
const strict = {
  schema: z.enum(['true', 'false']),
  summary: 'Data unlike those of the training are an error.',
};

export const explainRoutes: readonly Route[] = [
  route({
    id: 'explain',
    method: 'POST',
    path: '/v1/models/{model}/explain',
    function: 'predict',
    scope: 'predict',
    summary: 'Say for each row how much each column moved the answer, as JSON or as a plot.',
    query: {
      version,
      strict,
      method: {
        schema: z.enum(explainMethods),
        summary:
          'Left out: exact SHAP values of trees or weights; kernel SHAP for models that were brought along.',
      },
      budget: {
        schema: z.int().min(1).max(explainLimits.budget),
        summary: 'Evaluations of the model for one row; for kernel and lime.',
      },
      class: { schema: z.string(), summary: 'The only class to explain.' },
      format: { schema: z.enum(['json', 'svg']), summary: 'svg draws one row.' },
    },
    request: z.union([
      z.object({ instances: rows, background: z.array(z.array(z.number())).optional() }),
      z.object({ columns: z.record(z.string(), z.array(z.unknown())) }),
    ]),
    response: z.object({
      model: z.string(),
      version: z.string(),
      method: z.enum(explainMethods),
      units: z.enum(['log_odds', 'logit', 'probability', 'value', 'log_value']),
      evaluations: z.int().optional(),
      explanations: z.array(explanation),
      ...warnings,
    }),
    responseTypes: ['application/json', 'image/svg+xml'],
    example: { request: { instances: [{ age: 61, sex: 'F' }] } },
  }),
  route({
    id: 'transform',
    method: 'POST',
    path: '/v1/models/{model}/transform',
    function: 'predict',
    scope: 'predict',
    summary: 'What the preprocessing makes of rows: the features that the learner sees.',
    query: { version, strict },
    request: z.union([
      z.object({ instances: rows }),
      z.object({ columns: z.record(z.string(), z.array(z.unknown())) }),
    ]),
    response: z.object({
      model: z.string(),
      version: z.string(),
      features: z.array(z.string()),
      /** The raw column each feature was made of. */
      columns: z.array(z.string()),
      rows: z.array(z.array(z.number().nullable())),
      ...warnings,
    }),
    example: { request: { instances: [{ age: 61, sex: 'F' }] } },
  }),
];
