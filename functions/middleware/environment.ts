/** The environment of a function, read once at start: what is wrong there is said by name before any request. */
import { environmentNames } from '../../lib/contracts/environment.ts';
import { isResourceName } from '../../lib/contracts/name-patterns.ts';
import { internal } from '../../lib/core/index.ts';
import type { ScheduleSettings } from '../../lib/schedules/index.ts';

/** What every function needs to know of where it runs. */
export interface Environment {
  readonly dataBucket: string;
  readonly artifactBucket: string;
  /** The model that is asked where a dialect names none. */
  readonly defaultModel?: string;
}

/**
 * Reads the environment.
 *
 * @throws internal `environment_invalid`, naming every variable that is missing or malformed
 */
export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Environment {
  const faults: string[] = [];
  const bucket = (name: string): string => {
    const value = variables[name] ?? '';
    if (value === '') faults.push(`${name} is not set; give it the name of a bucket`);
    else if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value)) {
      faults.push(`${name} is "${value}", which is not the name of a bucket`);
    }
    return value;
  };
  const environment = {
    dataBucket: bucket(environmentNames.dataBucket),
    artifactBucket: bucket(environmentNames.artifactBucket),
  };
  const defaultModel = variables[environmentNames.defaultModel];
  if (defaultModel !== undefined && !isResourceName(defaultModel)) {
    faults.push(`${environmentNames.defaultModel} is "${defaultModel}", which is not the name of a model`);
  }
  if (environment.dataBucket !== '' && environment.dataBucket === environment.artifactBucket) {
    faults.push(`${environmentNames.dataBucket} and ${environmentNames.artifactBucket} must differ`);
  }
  if (faults.length > 0)
    throw internal(`Environment: ${faults.join('; ')}.`, { code: 'environment_invalid' });
  return { ...environment, ...(defaultModel !== undefined && { defaultModel }) };
}

/**
 * Reads where schedules are kept and what they wake; only control needs to know.
 *
 * @throws internal `environment_invalid`, naming every variable that is missing or malformed
 */
export function readScheduleEnvironment(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): ScheduleSettings {
  const faults: string[] = [];
  const read = (name: string, pattern: RegExp, what: string): string => {
    const value = variables[name] ?? '';
    if (value === '') faults.push(`${name} is not set; give it ${what}`);
    else if (!pattern.test(value)) faults.push(`${name} is "${value}", which is not ${what}`);
    return value;
  };
  const { scheduleGroup, scheduleRoleArn, evaluateQueueArn } = environmentNames;
  const environment = {
    group: read(scheduleGroup, /^[0-9a-zA-Z-_.]{1,64}$/, 'the name of a schedule group'),
    roleArn: read(scheduleRoleArn, /^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/, 'the ARN of a role'),
    queueArn: read(evaluateQueueArn, /^arn:aws[a-z-]*:sqs:[^:]+:\d{12}:.+$/, 'the ARN of a queue'),
  };
  if (faults.length > 0)
    throw internal(`Environment: ${faults.join('; ')}.`, { code: 'environment_invalid' });
  return environment;
}
