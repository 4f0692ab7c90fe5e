/** What makes an imported model one that turns texts into vectors. */
import * as z from 'zod';

/** How the vectors of a text's tokens become one: their mean, the first, the last; `none` if the file does it itself. */
export const pooling = z.enum(['mean', 'cls', 'last', 'none']);
export type Pooling = z.infer<typeof pooling>;

/** The metadata `onramp.embedding` of an ONNX file, and the field `embedding` of its manifest. */
export const embeddingSettings = z.strictObject({
  pooling,
  /** Vectors have the length 1. */
  normalize: z.boolean(),
  dimensions: z.int().min(1),
  /** Name of the output that holds one vector for each text. */
  output: z.string(),
  /** So many tokens a text may have, special ones and those of the prompt among them. */
  max_tokens: z.int().min(1),
  /** Longer texts are cut, not refused. */
  truncate: z.boolean(),
  /** Texts that can be put before every text of a request, by name. */
  prompts: z.record(z.string(), z.string()),
  /** The one that is put there when none is asked for. */
  default_prompt: z.string().nullable(),
  /** One text at a time: the model scales all texts that it is given together, so that they would change each other. */
  one_by_one: z.boolean(),
});
export type EmbeddingSettings = z.infer<typeof embeddingSettings>;

/** `onramp.json` in the folder of an embedding model: what its other files do not say, or say otherwise. */
export const embeddingOverrides = z.strictObject({
  /** Path of the ONNX file in the folder. */
  model: z.string().optional(),
  pooling: pooling.optional(),
  normalize: z.boolean().optional(),
  max_tokens: z.int().min(1).optional(),
  truncate: z.boolean().optional(),
  prompts: z.record(z.string(), z.string()).optional(),
  default_prompt: z.string().nullable().optional(),
});
export type EmbeddingOverrides = z.infer<typeof embeddingOverrides>;
