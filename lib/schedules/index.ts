/** Schedules of models in Amazon EventBridge Scheduler: the only place that knows its SDK. */
export { type FollowContext, followSpec } from './follow-spec.ts';
export {
  createModelSchedules,
  type ModelSchedules,
  type ModelSchedulesOptions,
} from './model-schedules.ts';
export { type ScheduleDefinition, type ScheduleSettings, scheduleDefinition } from './schedule-definition.ts';
