/** The state of a version as TensorFlow Serving's clients ask for it. */
import * as z from 'zod';

export const versionStatusSchema = z.object({
  version: z.string(),
  state: z.literal('AVAILABLE'),
  status: z.object({ error_code: z.literal('OK'), error_message: z.literal('') }),
});
export type VersionStatus = z.infer<typeof versionStatusSchema>;

/** Every published version can be asked at any time, so that there is only one state. */
export const versionStatus = (version: string): VersionStatus => ({
  version,
  state: 'AVAILABLE',
  status: { error_code: 'OK', error_message: '' },
});
