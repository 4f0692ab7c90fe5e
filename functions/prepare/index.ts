/** Inputs are prepared for models: pictures become pixels, where nothing else is and no right is. */
import { createLogger } from '../middleware/logging.ts';
import { createPrepare } from './prepare.ts';

export const handler = createPrepare(createLogger('prepare'));
