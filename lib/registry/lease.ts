/** Leases: one worker at a time for a piece of work, believed to live as long as it gives signs of life. */
import type { RegistryContext } from './context.ts';

/** What a record says of who works on it. */
export interface Leased {
  readonly state: string;
  /** How often the work was begun. */
  readonly attempts: number;
  readonly lease: { readonly owner: string; readonly expires: string } | null;
}

/**
 * Who holds a piece of work. A message delivered again has the same owner, so `attempt` tells this worker from the
 * earlier one, should that still be alive after all.
 */
export interface Holder {
  readonly owner: string;
  readonly attempt: number;
  readonly leaseMs: number;
}

/** Until when a worker that has just given a sign of life is believed to live. */
export function leaseEnd({ clock }: RegistryContext, leaseMs: number): string {
  return new Date(clock.now() + leaseMs).toISOString();
}

/** True while the work is this worker's. */
export function isHeldBy(record: Leased, { owner, attempt }: Holder): boolean {
  return record.state === 'running' && record.lease?.owner === owner && record.attempts === attempt;
}

/** True while somebody else is believed to be at work. */
export function isBusy({ state, lease }: Leased, owner: string, nowMs: number): boolean {
  return state === 'running' && lease !== null && lease.owner !== owner && Date.parse(lease.expires) > nowMs;
}

/** Signs of life under way. */
export interface Watch<News> {
  /** Aborted once the lease is lost: from then on nothing may be written. */
  readonly signal: AbortSignal;
  /** Remembers the news; they go out with the next sign of life. */
  tell(news: News): void;
  /** Gives a sign of life now. */
  send(): void;
  stop(): void;
}

/** How signs of life are given. */
export interface WatchOptions<News> {
  /** Told until there are news. */
  readonly first: News;
  readonly everyMs: number;
  /** Writes the news and prolongs the lease; a failure with the code `lease_lost` ends the work. */
  readonly write: (news: News) => Promise<unknown>;
  /** Between signs of life, whether the lease is still held: reading costs less than writing, so it can be done more often. */
  readonly look?: { readonly everyMs: number; readonly read: () => Promise<void> };
  /** Told of a sign of life that failed otherwise; the next one may be heard. */
  readonly onUnheard: (error: unknown) => void;
}

/** Gives a sign of life again and again, with the newest news, one after the other. */
export function keepAlive<News>(options: WatchOptions<News>): Watch<News> {
  const { first, everyMs, write, look, onUnheard } = options;
  const abort = new AbortController();
  let news = first;
  let sending: Promise<unknown> = Promise.resolve();
  const queue = (step: () => Promise<unknown>): void => {
    sending = sending
      .then(() => (abort.signal.aborted ? null : step()))
      .catch((error: unknown) => {
        if ((error as { readonly code?: unknown }).code === 'lease_lost') abort.abort(error);
        else onUnheard(error);
      });
  };
  const send = (): void => queue(() => write(news));
  const timer = setInterval(send, everyMs);
  const looking = look && setInterval(() => queue(look.read), look.everyMs);
  return {
    signal: abort.signal,
    tell: (next) => {
      news = next;
    },
    send,
    stop: () => {
      clearInterval(timer);
      clearInterval(looking);
    },
  };
}
