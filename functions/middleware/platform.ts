/** Where a handler meets the real world: stores, clock and ids, made once from the environment. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { EndpointModels } from '../../lib/contracts/endpoint-models.ts';
import { systemClock } from '../../lib/core/index.ts';
import type { JobMeter } from '../../lib/jobs/index.ts';
import type { RegistryContext } from '../../lib/registry/index.ts';
import { createS3ObjectStore, type ObjectStore } from '../../lib/storage/index.ts';
import { readEndpointModels } from './endpoint-models.ts';
import { readEnvironment } from './environment.ts';

/** Everything of the outside that functions use; tests hand in their own. */
export interface Platform extends RegistryContext {
  readonly data: ObjectStore;
  /** A new id: letters, digits and `-`, unique. */
  newId(): string;
  /** The model that is asked where a dialect names none. */
  readonly defaultModel?: string;
  /** Models that answer behind endpoints: the configuration declares them, and nothing here changes them. */
  readonly endpointModels?: EndpointModels;
  /** Notes what jobs took whose outcome is found here. */
  readonly meter?: JobMeter;
}

const longestPauseMs = 800;

/** The platform of this process. Nothing is loaded or connected before the first use. */
export function createPlatform(): Platform & Required<Pick<Platform, 'endpointModels'>> {
  const { dataBucket, artifactBucket, ...rest } = readEnvironment();
  return {
    data: createS3ObjectStore({ bucket: dataBucket }),
    artifacts: createS3ObjectStore({ bucket: artifactBucket }),
    clock: systemClock,
    newId: randomUUID,
    pause: fullJitter,
    endpointModels: readEndpointModels(),
    ...rest,
  };
}

/** Waits a random part of a bound that doubles: competitors drift apart instead of meeting again. */
async function fullJitter(attempt: number): Promise<void> {
  await delay(Math.random() * Math.min(longestPauseMs, 10 * 2 ** attempt));
}
