/** How long a version takes to predict, and what that costs. */
import * as z from 'zod';

/** Timed once, when the version was published, on the machine that published it. */
export const servingMeasure = z.object({
  /** Median of `calls` calls for one row: its JSON read and checked, the model run. Milliseconds. */
  ms_per_call: z.number().positive(),
  /** In calls with many rows. */
  rows_per_second: z.number().positive(),
  calls: z.int(),
  measured_on: z.object({
    /** As the machine calls it. */
    processor: z.string(),
    architecture: z.string(),
    /** Processors there were; a part of one on a small Lambda function. */
    processors: z.number().positive(),
    memory_mb: z.int(),
  }),
});
export type ServingMeasure = z.infer<typeof servingMeasure>;

/** What one call for one row costs on Lambda behind API Gateway, and what that rests on. */
export const modelCost = z.object({
  currency: z.literal('USD'),
  per_call: z.number(),
  per_million: z.number(),
  breakdown: z.object({
    api_gateway: z.number(),
    lambda_requests: z.number(),
    lambda_duration: z.number(),
  }),
  assumptions: z.object({
    region: z.string(),
    architecture: z.enum(['arm64', 'x64']),
    memory_mb: z.int(),
    rows: z.int(),
    billed_ms: z.int(),
    /** Date of the price table. */
    prices_as_of: z.string(),
  }),
});
export type ModelCost = z.infer<typeof modelCost>;
