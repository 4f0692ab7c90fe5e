/** One endpoint: picks the variant for a request by target, session or weight, and holds no more than it can take. */

import type { EndpointPlace } from './faults.ts';
import { notReady, refused, throttled, unavailable } from './faults.ts';
import { Instance, type InstanceOptions } from './instance.ts';
import type { HostedEndpoint, VariantSettings } from './settings.ts';

/** How an endpoint is run. */
export interface EndpointOptions extends Pick<InstanceOptions, 'later' | 'onChange'> {
  readonly settings: HostedEndpoint;
  readonly logPath: string;
  /** Starts the container of a variant. */
  readonly launch: (variant: VariantSettings) => ReturnType<InstanceOptions['launch']>;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly report: (message: string) => void;
}

/** What a request says of where it is to go. */
export interface Target {
  readonly variant?: string | undefined;
  readonly session?: string | undefined;
}

/** A request's place at a container. */
export interface EndpointLease {
  readonly variant: string;
  readonly port: number;
  release(): void;
}

/** A running endpoint. */
export interface Endpoint {
  readonly settings: HostedEndpoint;
  readonly place: EndpointPlace;
  /** @throws AwsRefusal if the target is unknown, no container is ready, or all have enough to do */
  take(target: Target): EndpointLease;
  /** Later requests of the session go to the same variant. */
  openSession(id: string, variant: string): void;
  closeSession(id: string): void;
  close(): Promise<void>;
}

/** Sessions that were never closed are forgotten, oldest first. */
const maxSessions = 10_000;

/** Starts an endpoint. */
export function startEndpoint(options: EndpointOptions): Endpoint {
  const { settings, logPath, launch, random, report, later, onChange } = options;
  const { name, kind, startSeconds, idleSeconds, concurrency } = settings;
  const instances = new Map<string, Instance>();
  for (const variant of settings.variants) {
    const label = settings.variants.length > 1 ? `endpoint ${name} (${variant.name})` : `endpoint ${name}`;
    const instance = new Instance({
      ...{ later, onChange },
      launch: () => launch(variant),
      startMs: startSeconds * 1000,
      idleMs: kind === 'real-time' ? null : idleSeconds * 1000,
      report: (message) => report(`${label}: its process ${message}. Details: ${logPath}`),
    });
    instances.set(variant.name, instance);
  }
  const sessions = new Map<string, string>();
  let taken = 0;

  const candidates = ({ variant, session }: Target): readonly string[] => {
    if (variant !== undefined) {
      if (!instances.has(variant)) throw refused(`Variant ${variant} not found for endpoint ${name}.`);
      return [variant];
    }
    const held = session === undefined ? undefined : sessions.get(session);
    if (held !== undefined) return [held];
    return inWeightedOrder(settings.variants, random);
  };
  return {
    settings,
    place: { name, logPath },
    take: (target) => {
      const names = candidates(target);
      if (taken >= concurrency) throw throttled(name);
      for (const variant of names) {
        const lease = instances.get(variant)!.take();
        if (!lease) continue;
        taken++;
        const release = (): void => {
          taken--;
          lease.release();
        };
        return { variant, port: lease.port, release };
      }
      const isDown = names.every((variant) => instances.get(variant)!.isDown());
      throw isDown ? unavailable(name) : notReady(name);
    },
    openSession: (id, variant) => {
      sessions.set(id, variant);
      if (sessions.size > maxSessions) sessions.delete(sessions.keys().next().value!);
    },
    closeSession: (id) => sessions.delete(id),
    close: async () => {
      await Promise.all([...instances.values()].map((instance) => instance.close()));
    },
  };
}

/** The variant that the dice fall on, then the others, for when it cannot answer; those of weight 0 only by their name. */
function inWeightedOrder(variants: readonly VariantSettings[], random: () => number): string[] {
  const weighted = variants.filter(({ weight }) => weight > 0);
  let rest = random() * weighted.reduce((sum, { weight }) => sum + weight, 0);
  const index = weighted.findIndex(({ weight }) => {
    rest -= weight;
    return rest < 0;
  });
  const start = Math.max(0, index);
  return [...weighted.slice(start), ...weighted.slice(0, start)].map(({ name }) => name);
}
