/** Models, versions, aliases, data sets, runs and evaluations over HTTPS. */
import { createModelSchedules } from '../../lib/schedules/index.ts';
import { readDeployment } from '../middleware/deployment.ts';
import { createPlatform, httpStack, readScheduleEnvironment } from '../middleware/index.ts';
import { createJobMeter } from '../middleware/meter-job.ts';
import { createControl } from './control.ts';

const service = 'control';
const platform = { ...createPlatform(), meter: createJobMeter(service) };
const schedules = createModelSchedules({ ...readScheduleEnvironment(), clock: platform.clock });

export const handler = httpStack(createControl({ ...platform, schedules, deployment: readDeployment() }), {
  service,
});
