/** What `CreateSchedule` and `UpdateSchedule` take, as far as it can be followed on one machine. */
import * as z from 'zod';
import { isOnrampError, parseSchedule } from '../../../lib/core/index.ts';
import { AwsRefusal, invalidValue } from '../aws/index.ts';

const name = z.string().regex(/^[0-9a-zA-Z-_.]{1,64}$/, 'Member must be 1 to 64 of [0-9a-zA-Z-_.]');
/** Seconds since 1970, as the protocol writes times. */
const timestamp = z.number();

const target = z.strictObject({
  Arn: z.string().min(1),
  RoleArn: z
    .string()
    .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'Member must be the ARN of a role'),
  Input: z.string().min(1).optional(),
  DeadLetterConfig: z.strictObject({ Arn: z.string().optional() }).optional(),
  RetryPolicy: z
    .strictObject({
      MaximumEventAgeInSeconds: z.int().min(60).max(86_400).default(86_400),
      MaximumRetryAttempts: z.int().min(0).max(185).default(185),
    })
    .default({ MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 }),
});

const scheduleBody = z.strictObject({
  GroupName: name.default('default'),
  ScheduleExpression: z.string().min(1).max(256),
  ScheduleExpressionTimezone: z.literal('UTC', 'here every schedule is in UTC').default('UTC'),
  StartDate: timestamp.optional(),
  EndDate: timestamp.optional(),
  Description: z.string().max(512).optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Target: target,
  FlexibleTimeWindow: z.strictObject({ Mode: z.literal('OFF', 'here no schedule has a flexible window') }),
  ActionAfterCompletion: z.enum(['NONE', 'DELETE']).default('NONE'),
  ClientToken: z.string().min(1).max(64).optional(),
});

/** A schedule as it is kept and given back. */
export type Definition = Omit<z.infer<typeof scheduleBody>, 'ClientToken'>;

/** The request of a change. */
export interface ScheduleRequest {
  readonly name: string;
  readonly definition: Definition;
  /** The same for every repetition of one request. */
  readonly clientToken: string | null;
}

/**
 * Reads the request of a change.
 *
 * @throws AwsRefusal `ValidationException`
 */
export function readScheduleRequest(path: string, body: unknown): ScheduleRequest {
  const { ClientToken: clientToken = null, ...definition } = parse(scheduleBody, body);
  try {
    parseSchedule(definition.ScheduleExpression);
  } catch (error) {
    if (!isOnrampError(error)) throw error;
    throw new AwsRefusal(
      'ValidationException',
      `Invalid Schedule Expression ${definition.ScheduleExpression}. ${error.message}`,
    );
  }
  return { name: readName(path, 'name'), definition, clientToken };
}

/**
 * A name out of the address.
 *
 * @throws AwsRefusal `ValidationException`
 */
export function readName(text: string, member: string): string {
  const { success, error, data } = name.safeParse(text);
  if (!success) throw invalidValue(member, error.issues[0]!.message);
  return data;
}

function parse<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const { success, error, data } = schema.safeParse(value);
  if (success) return data;
  const { path, message } = error.issues[0]!;
  throw invalidValue(path.map((part) => lowerFirst(String(part))).join('.') || 'body', message);
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
