/** What is done with a prediction request before a container gets it, as the settings of an endpoint say it. */
import * as z from 'zod';
import { type ImageInput, imageInputProblem } from './image-input.ts';
import { resourceName } from './names.ts';

const rowsInput = z.strictObject({
  /** A published model of rows: its preprocessing makes them a matrix. */
  transform: resourceName,
  /** How the matrix is written. */
  format: z.enum(['json', 'csv']).default('json'),
});

const textsInput = z.strictObject({
  /** A published embedding model: its tokenizer makes texts token ids. */
  tokenizer: resourceName,
});

/** What a worker makes of the file of a job: that of pictures is made in another function. */
export const jobPreparation = z.union([rowsInput, textsInput]);
export type JobPreparation = z.infer<typeof jobPreparation>;

export const endpointInput = z.union(
  [
    rowsInput,
    textsInput,
    z.strictObject({
      /** Pictures become the tensor that is described. */
      image: z.custom<ImageInput>((given) => imageInputProblem(given) === null),
    }),
  ],
  { error: ({ input }) => messageFor(input) },
);

function messageFor(input: unknown): string {
  const image = (input as { readonly image?: unknown } | null | undefined)?.image;
  const problem = image === undefined ? null : imageInputProblem(image);
  return (
    problem ??
    'use {"transform": "<model>"}, {"tokenizer": "<embedding model>"} or {"image": {...}}, one of them'
  );
}
