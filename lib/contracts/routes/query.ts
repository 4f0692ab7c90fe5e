/** What may be said after the `?` of more than one route. */
import * as z from 'zod';
import { versionNumber } from '../names.ts';
import type { Route } from './route.ts';

type Query = NonNullable<Route['query']>;

/** Of lists. */
export const listQuery: Query = {
  limit: { schema: z.int().min(1).max(1000).default(100), summary: 'How many entries at most.' },
};

/** Of requests for predictions in any dialect: what is done with odd data and odd answers. */
export const serveQuery: Query = {
  strict: {
    schema: z.enum(['true', 'false']).default('false'),
    summary: 'true refuses data unlike those of the training, which otherwise lead to warnings.',
  },
  non_finite: {
    schema: z.enum(['error', 'null', 'string']).default('error'),
    summary: 'What becomes of an answer that is no finite number: a refusal, null, or a text such as "NaN".',
  },
};

/** Of requests whose path names no version. */
export const versionQuery: Query = {
  version: { schema: versionNumber.optional(), summary: 'A version other than the live one.' },
};
