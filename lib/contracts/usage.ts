/** What was used: an entry for each request in the ledger, sums of entries, and what the API tells of them. */
import * as z from 'zod';

/** What is counted of requests. */
const usageFigures = z.object({
  /** Requests that a model answered. */
  calls: z.int(),
  /** Requests that were refused, whatever the reason. */
  refused: z.int(),
  /** Predictions, or rows that were explained or transformed. */
  rows: z.int(),
  /** Of language models and embeddings, as they count them themselves. */
  input_tokens: z.int(),
  output_tokens: z.int(),
  /** Time in the function, and the part of it that an endpoint worked. */
  ms: z.number(),
  endpoint_ms: z.number(),
  /** Of the bodies of requests and answers. */
  bytes_in: z.int(),
  bytes_out: z.int(),
  /** An estimate by list prices, see `docs/usage.md`. */
  usd: z.number(),
});
export type UsageFigures = z.infer<typeof usageFigures>;

/** The sums of one caller's requests to one model; the model is empty for refusals that no model was asked for. */
export const usageSum = usageFigures.extend({ caller: z.string(), model: z.string() });
export type UsageSum = z.infer<typeof usageSum>;

/** The sums of an hour or a day, in the order of callers and models. */
export const usageSums = z.object({ sums: z.array(usageSum) });

/** By what usage is told apart. */
export const usageGroups = ['day', 'key', 'model'] as const;
export type UsageGroup = (typeof usageGroups)[number];

/** `2026-11-22`, a day that there is. */
export const usageDay = z.iso.date({ error: 'use a day such as 2026-11-22' });

/** `GET /v1/usage`. */
export const usageReport = z.object({
  object: z.literal('usage'),
  /** First and last day, in UTC. */
  from: z.string(),
  to: z.string(),
  group_by: z.enum(usageGroups),
  /** One entry for each day, name of a key, or model; those without requests are left out. */
  data: z.array(
    usageFigures.extend({
      day: z.string().optional(),
      key: z.string().optional(),
      model: z.string().optional(),
    }),
  ),
  total: usageFigures,
  currency: z.literal('USD'),
  /** Date of the newest price table; each request was priced by the table of its time. */
  prices_as_of: z.string(),
});
export type UsageReport = z.infer<typeof usageReport>;
