/** What the tests of streams write to, and the time they live in. */
import { Writable } from 'node:stream';
import type { LambdaStreamHandler } from '../../../functions/middleware/index.ts';

/** Status and headers. */
export interface Head {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Keeps what it is given; can be made to take nothing. */
export class TestOutput extends Writable {
  head: Head | null = null;
  readonly taken: string[] = [];
  #held: (() => void)[] | null = null;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const take = (): void => {
      this.taken.push(chunk.toString());
      for (const { count, resolve } of this.#waiting) if (this.taken.length >= count) resolve();
      done();
    };
    if (this.#held) this.#held.push(take);
    else take();
  }

  /** Everything that has come. */
  get text(): string {
    return this.taken.join('');
  }

  /** Resolves when so many pieces have come. */
  came(count: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.taken.length >= count) resolve();
      else this.#waiting.push({ count, resolve });
    });
  }

  /** Takes nothing until `release`. */
  hold(): void {
    this.#held = [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const take of held) take();
  }
}

/** The global of Lambda, for outputs of this kind. */
export function fakeAwslambda(): void {
  const HttpResponseStream = {
    from: (output: TestOutput, head: Head): TestOutput => Object.assign(output, { head }),
  };
  const streamifyResponse = (handler: LambdaStreamHandler): LambdaStreamHandler => handler;
  Object.assign(globalThis, { awslambda: { streamifyResponse, HttpResponseStream } });
}

/** Time that passes only when it is told to. */
export function createTime() {
  let nowMs = 0;
  const alarms = new Set<{ readonly atMs: number; readonly run: () => void }>();
  const pass = (ms: number): void => {
    nowMs += ms;
    for (const alarm of [...alarms].filter(({ atMs }) => atMs <= nowMs)) {
      alarms.delete(alarm);
      alarm.run();
    }
  };
  const timer = (run: () => void, delayMs: number): (() => void) => {
    const alarm = { atMs: nowMs + delayMs, run };
    alarms.add(alarm);
    return () => void alarms.delete(alarm);
  };
  return { timer, pass, pending: () => alarms.size };
}

/** Lets everything happen that waits for nothing from outside. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
