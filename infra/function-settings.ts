/** The functions that are deployed, and how large they are. */
import * as z from 'zod';

/** The functions that are deployed; folders below `functions`. */
export const functionNames = [
  'authorize',
  'batch',
  'call',
  'control',
  'evaluate',
  'generate',
  'import',
  'meter',
  'predict',
  'prepare',
  'preprocess',
  'train',
] as const;
export type FunctionName = (typeof functionNames)[number];

/** How large a function is. Accounts that are new have at most 3008 MB and ten executions at a time. */
const functionSettings = z.strictObject({
  memoryMb: z.int().min(128).max(10_240),
  timeoutSeconds: z.int().min(1).max(900),
  /** Size of `/tmp`; the first 512 MB are free. */
  temporaryMb: z.int().min(512).max(10_240).default(512),
  /**
   * Executions set aside for this function, which are also the most it may have. Left out by default: an account needs
   * ten others beside them, and queues and usage plans limit the cost already.
   */
  reservedConcurrency: z.int().min(0).optional(),
});
export type FunctionSettings = z.infer<typeof functionSettings>;

/**
 * HTTPS functions end where API Gateway does, which gives those that answer piece by piece a quarter of an hour; those
 * behind queues have all the time there is.
 */
const functionDefaults: Readonly<Record<FunctionName, z.input<typeof functionSettings>>> = {
  authorize: { memoryMb: 256, timeoutSeconds: 10 },
  predict: { memoryMb: 1024, timeoutSeconds: 29 },
  // It waits for others most of the time, and is paid by its memory meanwhile.
  generate: { memoryMb: 512, timeoutSeconds: 900 },
  control: { memoryMb: 512, timeoutSeconds: 29 },
  import: { memoryMb: 2048, timeoutSeconds: 29, temporaryMb: 1024 },
  // One whole processor: pictures are decoded by one thread, and callers wait.
  prepare: { memoryMb: 1769, timeoutSeconds: 20 },
  preprocess: { memoryMb: 3008, timeoutSeconds: 900, temporaryMb: 10_240 },
  train: { memoryMb: 3008, timeoutSeconds: 900, temporaryMb: 4096 },
  evaluate: { memoryMb: 2048, timeoutSeconds: 600, temporaryMb: 4096 },
  batch: { memoryMb: 3008, timeoutSeconds: 900, temporaryMb: 10_240 },
  // An endpoint has a minute to answer, and its answer is small.
  call: { memoryMb: 512, timeoutSeconds: 120 },
  meter: { memoryMb: 512, timeoutSeconds: 120 },
};

/** What an environment says of functions; all of it may be left out. */
export const functionTable = z.strictObject(
  Object.fromEntries(functionNames.map((name) => [name, functionSettings.partial().optional()])) as Record<
    FunctionName,
    z.ZodOptional<ReturnType<typeof functionSettings.partial>>
  >,
);

/**
 * The settings of all functions with nothing left out.
 *
 * @throws Error naming the environment and the function whose time is longer than API Gateway waits
 */
export function completeFunctions(
  stage: string,
  given: z.output<typeof functionTable>,
): Record<FunctionName, FunctionSettings> {
  const table = Object.fromEntries(
    functionNames.map((name) => [
      name,
      functionSettings.parse({ ...functionDefaults[name], ...given[name] }),
    ]),
  ) as Record<FunctionName, FunctionSettings>;
  for (const name of ['predict', 'control', 'import', 'authorize'] as const) {
    if (table[name].timeoutSeconds > 29) {
      throw new Error(
        `Environment "${stage}": functions.${name}.timeoutSeconds: API Gateway waits 29 at most.`,
      );
    }
  }
  return table;
}
