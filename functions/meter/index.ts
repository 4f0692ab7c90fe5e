/** Log lines of requests are delivered: what was used goes into the ledger. */
import { createUsagePrice } from '../../lib/usage/index.ts';
import { readDeployment } from '../middleware/deployment.ts';
import { readEndpointModels } from '../middleware/endpoint-models.ts';
import { logStack } from '../middleware/log-stack.ts';
import { createPlatform } from '../middleware/platform.ts';
import { createMeter } from './meter.ts';

const price = createUsagePrice(readDeployment(), readEndpointModels());

export const handler = logStack(createMeter(createPlatform(), price), { service: 'meter' });
