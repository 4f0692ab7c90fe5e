/** The shape in which TensorFlow Serving's clients find the state of a version. */
import * as z from 'zod';

export const versionStatusSchema = z.object({
  version: z.string(),
  state: z.literal('AVAILABLE'),
  status: z.object({ error_code: z.literal('OK'), error_message: z.literal('') }),
});
export type VersionStatus = z.infer<typeof versionStatusSchema>;
