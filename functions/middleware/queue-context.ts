/** What jobs of endpoints are made with: the platform, its bucket's name, and what puts requests into queues. */
import type { Endpoints } from '../../lib/endpoint/types.ts';
import type { QueueContext } from '../../lib/jobs/index.ts';
import { readEnvironment } from './environment.ts';
import type { Platform } from './platform.ts';

let endpoints: Promise<Endpoints> | undefined;

/** The endpoints as this process asks them: loaded by the first request that needs them, as most functions never do. */
export function openEndpoints(): Promise<Endpoints> {
  endpoints ??= import('../../lib/endpoint/index.ts').then(({ createEndpoints }) => createEndpoints());
  return endpoints;
}

/** @param open hands out the endpoints; default: those of this process */
export async function queueContext(
  platform: Pick<Platform, 'artifacts' | 'clock' | 'newId' | 'pause' | 'meter'>,
  open: () => Promise<Pick<Endpoints, 'enqueue'>> = openEndpoints,
): Promise<QueueContext> {
  const { artifactBucket } = readEnvironment();
  return { ...platform, artifactBucket, endpoints: await open() };
}
