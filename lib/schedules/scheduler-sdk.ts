/** The parts of the Scheduler SDK in use, by name: loaded on first use, so that a bundler keeps them in a chunk of their own. */
import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { silentLogger } from '../core/index.ts';

export { CreateScheduleCommand, DeleteScheduleCommand, GetScheduleCommand, UpdateScheduleCommand };

/** A request of a client waits for this, so it must end well before API Gateway gives up. */
const timeouts = { connectionTimeout: 2000, requestTimeout: 5000 } as const;

let shared: SchedulerClient | undefined;

/** The client of the process; region, credentials and endpoint come from AWS's own environment. */
export function sharedClient(): SchedulerClient {
  // With a logger of its own the SDK does not write its warnings between our log lines; what fails is thrown anyway.
  shared ??= new SchedulerClient({ requestHandler: timeouts, logger: silentLogger });
  return shared;
}
