/** A model that was trained elsewhere becomes a version: checked and tried in a process of its own, stored, live. */

import { importLimits } from '../../lib/contracts/http.ts';
import { rawHttpStack } from '../middleware/http-stack.ts';
import { createPlatform } from '../middleware/platform.ts';
import { createImport } from './import.ts';

export const handler = rawHttpStack(createImport(createPlatform()), {
  service: 'import',
  maxBodyBytes: importLimits.bodyBytes,
  largerBodies: 'POST /v1/models/{model}/versions/uploads gives an address for larger files',
});
