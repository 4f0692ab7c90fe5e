/** A store that breaks off at a chosen write, before or after the write happened: a crash, as others see it. */
import { upstream } from '../../lib/core/index.ts';
import type { ObjectStore } from '../../lib/storage/index.ts';

/** Where the crash is: at which write, counted from 1, and on which side of it. */
export interface Crash {
  readonly atWrite: number;
  readonly side: 'before' | 'after';
}

/** The same store, which fails for ever from the chosen write on. */
export function crashingStore(
  store: ObjectStore,
  { atWrite, side }: Crash,
): ObjectStore & { crashed(): boolean } {
  let writes = 0;
  let dead = false;
  const die = (): never => {
    dead = true;
    throw upstream('crash', { code: 'crash' });
  };
  const alive = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => (dead ? die() : call(...args));
  };
  return {
    ...store,
    crashed: () => dead,
    get: alive(store.get) as ObjectStore['get'],
    head: alive(store.head),
    put: async (key, body, options) => {
      writes += 1;
      if (dead || (writes === atWrite && side === 'before')) die();
      const written = await store.put(key, body, options);
      if (writes === atWrite) die();
      return written;
    },
  };
}
