/** What the requests of more than one route may say after the `?` or in a header. */
import * as z from 'zod';
import { versionNumber } from '../names.ts';
import type { NamedParameters } from './route.ts';

/** Of lists. */
export const listQuery: NamedParameters = {
  limit: { schema: z.int().min(1).max(1000).default(100), summary: 'How many entries at most.' },
};

/** Of requests for predictions in any dialect: what is done with odd data and odd answers. */
export const serveQuery: NamedParameters = {
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
export const versionQuery: NamedParameters = {
  version: { schema: versionNumber.optional(), summary: 'A version other than the live one.' },
};

/** Of requests that make a job. */
export const jobHeaders: NamedParameters = {
  'idempotency-key': {
    schema: z
      .string()
      .regex(/^[\x21-\x7e]{1,255}$/)
      .optional(),
    summary: 'The same request with the same key makes no second job: the first one is the answer.',
  },
};

/** Of requests whose answer may be that of a job, by whoever asks for it or where a model behind an endpoint is not there. */
export const laterHeaders: NamedParameters = {
  prefer: {
    schema: z.string().optional(),
    summary:
      'Of a model behind an endpoint: with `respond-async` the answer is that of a job (202), with `wait=N` if there is none within N seconds.',
  },
  ...jobHeaders,
};
