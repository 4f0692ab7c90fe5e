/** Models, versions, aliases, data sets, runs and evaluations over HTTPS. */
import { createModelSchedules } from '../../lib/schedules/index.ts';
import { readDeployment } from '../middleware/deployment.ts';
import { createPlatform, httpStack, readScheduleEnvironment } from '../middleware/index.ts';
import { createControl } from './control.ts';

const platform = createPlatform();
const schedules = createModelSchedules({ ...readScheduleEnvironment(), clock: platform.clock });

export const handler = httpStack(createControl({ ...platform, schedules, deployment: readDeployment() }), {
  service: 'control',
});
