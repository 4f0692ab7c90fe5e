/** Puts the parts together: jobs that are kept in the home folder, and the address where they are asked for. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { systemClock } from '../../../lib/core/index.ts';
import type { AwsServer } from '../aws/index.ts';
import { localCredentials, localHost } from '../config.ts';
import { openLogFile } from '../log-file.ts';
import { startTrainingEngine, type TrainingEngineOptions } from './engine.ts';
import { startTrainingServer } from './server.ts';

/** Where things are, and who is told. */
export interface TrainingJobsOptions extends Pick<TrainingEngineOptions, 'send' | 'environment'> {
  /** Folder that holds all data; records go to `training-jobs/`, the log to `logs/training-jobs.log`. */
  readonly home: string;
  /** Folder of what is built. */
  readonly dist: string;
  readonly report: (message: string) => void;
}

/** Starts training jobs; those that had no end when the platform stopped go on. */
export async function startTrainingJobs(options: TrainingJobsOptions): Promise<AwsServer> {
  const { home, dist, report, send, environment } = options;
  const log = openLogFile(join(home, 'logs', 'training-jobs.log'));
  const now = (): number => systemClock.now();
  const engine = startTrainingEngine({
    directory: join(home, 'training-jobs'),
    entry: join(dist, 'container', 'main.js'),
    onLogError: (message) => report(`training job: ${message}`),
    newId: randomUUID,
    ...{ environment, log, send, now },
  });
  const server = await startTrainingServer({
    ...{ engine, now, report },
    credentials: localCredentials,
    host: localHost,
    port: 0,
  });
  const close = async (): Promise<void> => {
    await server.close();
    await engine.close();
    log.close();
  };
  return { url: server.url, close };
}
