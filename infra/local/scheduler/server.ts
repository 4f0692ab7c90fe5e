/** The API of EventBridge Scheduler on loopback: four operations as REST with JSON. */
import { type Clock, systemClock } from '../../../lib/core/index.ts';
import {
  AwsRefusal,
  type AwsRequest,
  type AwsServer,
  type AwsServerOptions,
  parseJson,
  startAwsServer,
} from '../aws/index.ts';
import { readName, readScheduleRequest } from './definition.ts';
import { arnOf, type Scheduler } from './engine.ts';
import type { ScheduleRow } from './table.ts';

/** How the server runs. */
export interface SchedulerServerOptions
  extends Pick<AwsServerOptions, 'credentials' | 'host' | 'port' | 'report'> {
  readonly scheduler: Scheduler;
  readonly clock?: Clock;
}

/** Amazon takes 256 KB of input; the rest of a schedule is small. */
const bodyLimitBytes = 512 * 1024;

/** Starts the server; the clients find it by `AWS_ENDPOINT_URL_SCHEDULER`. */
export function startSchedulerServer(options: SchedulerServerOptions): Promise<AwsServer> {
  const { scheduler, clock = systemClock, ...rest } = options;
  return startAwsServer({
    ...rest,
    service: 'scheduler',
    failure: 'InternalServerException',
    bodyLimitBytes,
    now: () => clock.now(),
    answer: async (request) => answer(request, scheduler),
  });
}

function answer({ method, pathname, searchParams, body }: AwsRequest, scheduler: Scheduler): object {
  const [, encoded = ''] = /^\/schedules\/([^/]+)$/.exec(pathname) ?? [];
  const name = encoded && readName(decodeURIComponent(encoded), 'name');
  const key = { name, group: readName(searchParams.get('groupName') ?? 'default', 'groupName') };
  switch (name === '' ? '' : method) {
    case 'POST':
      return { ScheduleArn: arnOf(scheduler.create(readScheduleRequest(name, parseJson(body)))) };
    case 'PUT':
      return { ScheduleArn: arnOf(scheduler.update(readScheduleRequest(name, parseJson(body)))) };
    case 'GET':
      return viewOf(scheduler.get(key));
    case 'DELETE':
      scheduler.remove(key);
      return {};
    default:
      throw new AwsRefusal(
        'UnknownOperationException',
        `${method} ${pathname} is not answered here: create, update, get or delete one schedule.`,
      );
  }
}

/** What `GetSchedule` answers; times in seconds since 1970. */
function viewOf(row: ScheduleRow): object {
  return {
    Arn: arnOf(row),
    Name: row.name,
    ...row.definition,
    CreationDate: row.createdAt / 1000,
    LastModificationDate: row.modifiedAt / 1000,
  };
}
