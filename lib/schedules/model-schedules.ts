/** One schedule a model in EventBridge Scheduler, created, changed and removed as often as asked. */
import type { GetScheduleOutput, SchedulerClient } from '@aws-sdk/client-scheduler';
import { type Clock, invalidInput, type OnrampError, upstream } from '../core/index.ts';
import { type ScheduleDefinition, type ScheduleSettings, scheduleDefinition } from './schedule-definition.ts';

/** The schedules of models. Every call may be repeated; the result is the same. */
export interface ModelSchedules {
  /**
   * Makes a model's schedule this one. What is so already is left alone, since a change would begin a rate anew.
   *
   * @throws invalid_request `invalid_schedule`; upstream `schedule_failed`, trying again helps
   */
  put(model: string, expression: string): Promise<void>;
  /**
   * Removes a model's schedule; none to remove is fine.
   *
   * @throws upstream `schedule_failed`, trying again helps
   */
  remove(model: string): Promise<void>;
}

/** Where schedules are kept, and through which client. */
export interface ModelSchedulesOptions extends ScheduleSettings {
  readonly clock: Clock;
  /** Default: one client for the process, configured by AWS's own environment variables. */
  readonly client?: SchedulerClient;
}

/** Changes that cross are few: each model has its own schedule. */
const maxAttempts = 4;

interface Connection {
  readonly sdk: typeof import('./scheduler-sdk.ts');
  readonly client: SchedulerClient;
}

/** Makes the schedules of a group. The SDK is loaded by the first call. */
export function createModelSchedules({ client, clock, ...settings }: ModelSchedulesOptions): ModelSchedules {
  let connection: Promise<Connection> | undefined;
  const connect = (): Promise<Connection> => {
    connection ??= import('./scheduler-sdk.ts').then((sdk) => ({
      sdk,
      client: client ?? sdk.sharedClient(),
    }));
    return connection;
  };

  return {
    put: async (model, expression) => {
      const wanted = scheduleDefinition(settings, model, { expression, nowMs: clock.now() });
      await repeatedly('set', model, async () => putOnce(await connect(), wanted));
    },
    remove: async (model) => {
      await repeatedly('remove', model, async () => removeOnce(await connect(), settings.group, model));
    },
  };
}

/** Tries until it is settled: another change at the same time makes an attempt void. */
async function repeatedly(
  action: 'set' | 'remove',
  model: string,
  attempt: () => Promise<'settled' | 'crossed'>,
): Promise<void> {
  for (let tried = 0; tried < maxAttempts; tried += 1) {
    try {
      if ((await attempt()) === 'settled') return;
    } catch (cause) {
      throw failureOf(action, model, cause);
    }
  }
  throw failureOf(action, model, new Error('it is being changed by others all the time'));
}

async function putOnce(
  { sdk, client }: Connection,
  wanted: ScheduleDefinition,
): Promise<'settled' | 'crossed'> {
  const { Name, GroupName } = wanted;
  try {
    const current = await client.send(new sdk.GetScheduleCommand({ Name, GroupName }));
    if (isSame(current, wanted)) return 'settled';
  } catch (error) {
    if (!isNamed(error, 'ResourceNotFoundException')) throw error;
    return crossedBy('ConflictException', () => client.send(new sdk.CreateScheduleCommand(wanted)));
  }
  return crossedBy('ResourceNotFoundException', () => client.send(new sdk.UpdateScheduleCommand(wanted)));
}

async function removeOnce(
  { sdk, client }: Connection,
  GroupName: string,
  Name: string,
): Promise<'settled' | 'crossed'> {
  try {
    return await crossedBy('ConflictException', () =>
      client.send(new sdk.DeleteScheduleCommand({ Name, GroupName })),
    );
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException')) return 'settled';
    throw error;
  }
}

/** `crossed` if the call was refused because somebody else was first; a conflict always says so. */
async function crossedBy(
  refusal: 'ConflictException' | 'ResourceNotFoundException',
  call: () => Promise<unknown>,
): Promise<'settled' | 'crossed'> {
  try {
    await call();
    return 'settled';
  } catch (error) {
    if (isNamed(error, refusal) || isNamed(error, 'ConflictException')) return 'crossed';
    throw error;
  }
}

/** Compares what matters; a start that has passed and what AWS adds do not. */
function isSame(current: GetScheduleOutput, wanted: ScheduleDefinition): boolean {
  const { Arn, RoleArn, Input, RetryPolicy } = wanted.Target;
  const target = current.Target;
  return (
    current.ScheduleExpression === wanted.ScheduleExpression &&
    current.ScheduleExpressionTimezone === wanted.ScheduleExpressionTimezone &&
    current.State === wanted.State &&
    current.FlexibleTimeWindow?.Mode === wanted.FlexibleTimeWindow.Mode &&
    current.EndDate === undefined &&
    target?.Arn === Arn &&
    target.RoleArn === RoleArn &&
    target.Input === Input &&
    target.RetryPolicy?.MaximumRetryAttempts === RetryPolicy.MaximumRetryAttempts &&
    target.RetryPolicy.MaximumEventAgeInSeconds === RetryPolicy.MaximumEventAgeInSeconds
  );
}

const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;

/** A refused expression is the caller's to mend, all else passes or is the operator's. */
function failureOf(action: 'set' | 'remove', model: string, cause: unknown): OnrampError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (isNamed(cause, 'ValidationException') && /schedule ?expression/i.test(reason)) {
    return invalidInput(
      `Amazon EventBridge Scheduler refuses the schedule of model "${model}": ${reason}. The rest of the model is stored; PUT it again with another schedule.`,
      { code: 'invalid_schedule', param: 'schedule', cause },
    );
  }
  return upstream(
    `The schedule of model "${model}" cannot be ${action === 'set' ? 'set' : 'removed'}: ${reason}`,
    {
      code: 'schedule_failed',
      cause,
    },
  );
}
