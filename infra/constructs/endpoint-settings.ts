/** What is said of one SageMaker endpoint in an environment. */
import * as z from 'zod';

const variantName = z
  .string()
  .regex(/^[a-zA-Z0-9](-?[a-zA-Z0-9]){0,40}$/, 'use up to 41 letters, digits and single "-"');

/** One model behind an endpoint: an image and, unless the image brings it along, the file with the model. */
const variant = z.strictObject({
  image: z.string().min(1),
  /** `s3://bucket/key` of a `.tar.gz` file. */
  modelData: z
    .string()
    .regex(/^s3:\/\/[^/]+\/.+$/, 'use s3://bucket/key')
    .optional(),
  environment: z.record(z.string(), z.string()).default({}),
  /** Share of the requests, relative to the other variants. */
  weight: z.number().min(0).default(1),
});

const instances = {
  instance: z.string().regex(/^ml\./, 'use a SageMaker instance type such as "ml.m5.large"'),
  count: z.int().min(1).default(1),
};

/** Instances that always run, paid by the hour. */
const realTime = z.strictObject({
  kind: z.literal('real-time'),
  ...instances,
  /** Adds instances under load, up to `max`. */
  scaling: z
    .strictObject({
      max: z.int().min(1),
      invocationsPerInstanceAndMinute: z.number().positive().default(600),
    })
    .optional(),
});

/** Paid by the request, and asleep between requests. */
const serverless = z.strictObject({
  kind: z.literal('serverless'),
  memoryMb: z.literal([1024, 2048, 3072, 4096, 5120, 6144]).default(2048),
  maxConcurrency: z.int().min(1).max(200).default(5),
});

/** Requests wait in a queue, answers go to S3, and without requests there is no instance. */
const asynchronous = z.strictObject({
  kind: z.literal('async'),
  ...instances,
  maxInstances: z.int().min(1).default(1),
  concurrentPerInstance: z.int().min(1).max(1000).default(4),
});

/** One endpoint; its variants share the requests by their weights. */
export const endpointSettings = z
  .strictObject({
    name: variantName,
    variants: z.record(variantName, variant),
    capacity: z.discriminatedUnion('kind', [realTime, serverless, asynchronous]),
  })
  .refine(
    ({ variants, capacity }) => {
      const count = Object.keys(variants).length;
      return capacity.kind === 'real-time' ? count > 0 : count === 1;
    },
    { path: ['variants'], message: 'name one; only real-time endpoints can have more' },
  );
export type EndpointSettings = z.output<typeof endpointSettings>;
