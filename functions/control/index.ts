/** Models, versions, aliases, data sets, runs and evaluations over HTTPS. */
import { createPlatform, httpStack } from '../middleware/index.ts';
import { createControl } from './control.ts';

export const handler = httpStack(createControl(createPlatform()), { service: 'control' });
