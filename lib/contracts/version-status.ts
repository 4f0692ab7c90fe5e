/** The state of a version as TensorFlow Serving's clients ask for it. */
import type { VersionStatus } from './version-status-schema.ts';

/** Every published version can be asked at any time, so that there is only one state. */
export const versionStatus = (version: string): VersionStatus => ({
  version,
  state: 'AVAILABLE',
  status: { error_code: 'OK', error_message: '' },
});
