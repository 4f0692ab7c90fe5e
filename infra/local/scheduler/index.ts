/** EventBridge Scheduler on one machine: its API, and the clock that follows the schedules. */
export { adoptSchedules } from './adopt.ts';
export { createScheduler, type Scheduler, type SchedulerOptions } from './engine.ts';
export { type SchedulerServerOptions, startSchedulerServer } from './server.ts';
