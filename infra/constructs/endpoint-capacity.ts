/** How many machines of which kind stand behind an endpoint. */
import * as z from 'zod';

/** The machine images that SageMaker offers, by their drivers. */
const machineImages = [
  'al2-ami-sagemaker-inference-gpu-2',
  'al2-ami-sagemaker-inference-gpu-2-1',
  'al2-ami-sagemaker-inference-gpu-3-1',
  'al2023-ami-sagemaker-inference-gpu-4-1',
  'al2-ami-sagemaker-inference-neuron-2',
] as const;

const machines = {
  instance: z.string().regex(/^ml\.[\w-]+\.\w+$/, 'use a SageMaker instance type such as "ml.m5.large"'),
  /** Price of one instance, where the table of prices has none, or yours is another. */
  usdPerHour: z.number().min(0).optional(),
  /** The machine's drivers; presets know what their image needs. */
  machineImage: z.enum(machineImages).optional(),
  /** Seconds until a container must answer its first ping, and in which its model data are fetched; presets know a good one. */
  startSeconds: z.int().min(60).max(3600).optional(),
  /** Disk of an instance that has none of its own. */
  diskGb: z.int().min(1).max(512).optional(),
};

/** Adds instances under load and takes them away again. */
const scaling = z
  .strictObject({
    /** Default: `count`. With 0, no instance is left when nobody asks, and the first request after that has to wait for minutes. */
    min: z.int().min(0).optional(),
    max: z.int().min(1),
    /** Requests at a time that one instance is to have; right for models that take seconds. */
    concurrentPerInstance: z.number().positive().optional(),
    /** Requests a minute that one instance is to have; right for models that take milliseconds. */
    invocationsPerInstanceAndMinute: z.number().positive().optional(),
    /** Memory of the machine that a copy of the model claims, where `min` is 0; what is claimed is less than what it may use. */
    copyMemoryMb: z.int().min(128).default(1024),
  })
  .refine(
    ({ concurrentPerInstance: a, invocationsPerInstanceAndMinute: b }) =>
      (a === undefined) !== (b === undefined),
    {
      path: ['concurrentPerInstance'],
      message: 'give either this or "invocationsPerInstanceAndMinute"',
    },
  );

/** Instances that are there before somebody asks, paid by the hour. */
const realTime = z.strictObject({
  kind: z.literal('real-time'),
  ...machines,
  /** Instances at the start, and all the time without `scaling`. */
  count: z.int().min(1).default(1),
  scaling: scaling.optional(),
});

/** Paid by the request, and asleep between requests; never with a GPU. */
const serverless = z.strictObject({
  kind: z.literal('serverless'),
  memoryMb: z.literal([1024, 2048, 3072, 4096, 5120, 6144]).default(2048),
  maxConcurrency: z.int().min(1).max(200).default(5),
});

/** Requests wait in a queue, answers go to S3. */
const asynchronous = z.strictObject({
  kind: z.literal('async'),
  ...machines,
  /** With 0, there is no instance while the queue is empty. */
  minInstances: z.int().min(0).default(0),
  maxInstances: z.int().min(1).default(1),
  concurrentPerInstance: z.int().min(1).max(1000).default(4),
});

/** The three ways to run an endpoint. */
export const capacity = z
  .discriminatedUnion('kind', [realTime, serverless, asynchronous])
  .superRefine((given, { addIssue }) => {
    const range = rangeOf(given);
    if (range && !(range.min <= range.first && range.first <= range.max)) {
      const path = given.kind === 'async' ? ['maxInstances'] : ['scaling', 'max'];
      addIssue({
        code: 'custom',
        path,
        message: `is ${range.max}, below the instances that are there before`,
      });
    }
  });
export type Capacity = z.output<typeof capacity>;

/** The capacities that have instances. */
export type InstanceCapacity = Exclude<Capacity, { kind: 'serverless' }>;

/** How many instances there are at the least, at the most and at the start; `null` where nothing is counted. */
export function rangeOf(
  given: Capacity,
): { readonly min: number; readonly max: number; readonly first: number } | null {
  if (given.kind === 'serverless') return null;
  if (given.kind === 'async') {
    const { minInstances: min, maxInstances: max } = given;
    return { min, max, first: Math.max(1, min) };
  }
  const { count: first, scaling: range } = given;
  return { min: range?.min ?? first, max: range?.max ?? first, first };
}

/** True for instances with GPUs of NVIDIA. */
export const hasGpu = ({ instance }: Pick<InstanceCapacity, 'instance'>): boolean =>
  /^ml\.[gp]\d/.test(instance);
