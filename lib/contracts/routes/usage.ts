/** The route that tells what was used. */
import * as z from 'zod';
import { usageDay, usageGroups, usageReport } from '../usage.ts';
import { type Route, route } from './route.ts';

const figures = {
  calls: 1200,
  refused: 3,
  rows: 4800,
  input_tokens: 0,
  output_tokens: 0,
  ms: 2160.5,
  endpoint_ms: 0,
  bytes_in: 96_000,
  bytes_out: 240_000,
  usd: 0.00448,
};

export const usageRoutes: readonly Route[] = [
  route({
    id: 'usage',
    method: 'GET',
    path: '/v1/usage',
    query: {
      from: {
        schema: usageDay.optional(),
        summary: 'The first day, in UTC; default: the first of the month of `to`.',
      },
      to: { schema: usageDay.optional(), summary: 'The last day, which counts in full; default: today.' },
      group_by: {
        schema: z.enum(usageGroups).default('day'),
        summary: 'By what the figures are told apart.',
      },
    },
    function: 'control',
    scope: 'predict',
    summary: "What was used by the request's own key; by all keys, if it may manage every model.",
    response: usageReport,
    example: {
      response: {
        object: 'usage',
        from: '2026-11-01',
        to: '2026-11-22',
        group_by: 'model',
        data: [{ model: 'heart', ...figures }],
        total: figures,
        currency: 'USD',
        prices_as_of: '2026-09-28',
      },
    },
  }),
];
