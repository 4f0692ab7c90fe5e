/** How the pictures of a data set are kept: all of one size, as the models that learn from them take them. */
import * as z from 'zod';
import { imageFits } from './image-input.ts';

const side = z.int().min(1).max(512);
const channels = z.union([z.literal(1), z.literal(3)]);

/** The size that a spec asks for; what is not said follows from the pictures. */
export const pictureWish = z.strictObject({
  width: side,
  height: side,
  /** 1 for grey, 3 for red, green and blue. */
  channels: channels.optional(),
  /** `cover` (default) cuts off what is too long, `contain` fills up with black, `fill` distorts. */
  fit: z.enum(imageFits).optional(),
});
export type PictureWish = z.infer<typeof pictureWish>;

/** The size of every picture of a column, and how it was brought to it. */
export const pictureLayout = z.object({
  width: side,
  height: side,
  channels,
  fit: z.enum(imageFits),
});
export type PictureLayout = z.infer<typeof pictureLayout>;

/** What the pictures of a column were as they were uploaded. */
export const pictureFacts = z.object({
  layout: pictureLayout,
  /** Different sizes there were. */
  distinct_sizes: z.int(),
  /** The most frequent ones first, ten at most. */
  sizes: z.array(z.object({ width: z.int(), height: z.int(), count: z.int() })),
  /** Those without colours. */
  grey: z.int(),
});
export type PictureFacts = z.infer<typeof pictureFacts>;
