/** What one model's schedule is made of in EventBridge Scheduler. */
import type { ScheduledEvent } from '../contracts/events.ts';
import { parseSchedule } from '../core/index.ts';
import { awsExpression } from './aws-expression.ts';

/** Where schedules are kept and what they wake. */
export interface ScheduleSettings {
  /** Name of the schedule group, which holds nothing else. */
  readonly group: string;
  /** The role by which the scheduler may send to the queue. */
  readonly roleArn: string;
  /** The queue in front of the function that evaluates. */
  readonly queueArn: string;
}

/** A schedule as `CreateSchedule` and `UpdateSchedule` take it. */
export interface ScheduleDefinition {
  readonly Name: string;
  readonly GroupName: string;
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone: 'UTC';
  /** When a rate is due first; a cron expression has times of its own. */
  readonly StartDate?: Date;
  readonly State: 'ENABLED';
  readonly FlexibleTimeWindow: { readonly Mode: 'OFF' };
  readonly Target: {
    readonly Arn: string;
    readonly RoleArn: string;
    readonly Input: string;
    readonly RetryPolicy: {
      readonly MaximumRetryAttempts: number;
      readonly MaximumEventAgeInSeconds: number;
    };
  };
}

/** The scheduler writes the due time here, as `2026-11-22T06:00:00Z`, the same for every delivery. */
const scheduledTime = '<aws.scheduler.scheduled-time>';

/** An evaluation that could not be asked for within the hour is left to the next one. */
const retryPolicy = { MaximumRetryAttempts: 30, MaximumEventAgeInSeconds: 3600 } as const;

/**
 * The schedule of a model. It has the model's name, which is shorter than a schedule's may be and made of fewer
 * characters.
 *
 * @param nowMs milliseconds since 1970-01-01 UTC; a rate is due first one period later, in whole seconds, while AWS by
 *   itself would begin at once
 * @throws invalid_request `invalid_schedule`
 */
export function scheduleDefinition(
  { group, roleArn, queueArn }: ScheduleSettings,
  model: string,
  { expression, nowMs }: { readonly expression: string; readonly nowMs: number },
): ScheduleDefinition {
  const schedule = parseSchedule(expression);
  const event: ScheduledEvent = { source: 'onramp.schedule', model, time: scheduledTime };
  return {
    Name: model,
    GroupName: group,
    ScheduleExpression: awsExpression(expression),
    ScheduleExpressionTimezone: 'UTC',
    ...(schedule.kind === 'rate' && {
      StartDate: new Date(Math.floor(nowMs / 1000) * 1000 + schedule.everyMs),
    }),
    State: 'ENABLED',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: queueArn, RoleArn: roleArn, Input: JSON.stringify(event), RetryPolicy: retryPolicy },
  };
}
