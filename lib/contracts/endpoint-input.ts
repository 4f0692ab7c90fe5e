/** What is done with a prediction request before a container gets it, as the settings of an endpoint say it. */
import * as z from 'zod';
import { resourceName } from './names.ts';

export const endpointInput = z.union(
  [
    z.strictObject({
      /** A published model of rows: its preprocessing makes them a matrix. */
      transform: resourceName,
      /** How the matrix is written. */
      format: z.enum(['json', 'csv']).default('json'),
    }),
    z.strictObject({
      /** A published embedding model: its tokenizer makes texts token ids. */
      tokenizer: resourceName,
    }),
  ],
  { error: 'use {"transform": "<model>"} or {"tokenizer": "<embedding model>"}' },
);
