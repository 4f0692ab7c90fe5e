/** Loads an HTTP server from here and measures what its processes spend on it, by Linux's own accounts. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { processTree } from '../test/process-tree.ts';

/** One kind of request, sent again and again. */
export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** First process of the server; those it started count as well. */
  readonly pid: number;
  /** Connections that are kept, with a new request on each as soon as the last is answered. */
  readonly connections: number;
}

/** What a server did in a while. */
export interface Measure {
  /** CPU time of all its processes, per request. */
  readonly cpuMs: number;
  readonly requestsPerSecond: number;
  /** Half of the requests, and 99 of 100, were answered within so long. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Memory of all its processes at the end, what they share counted once. */
  readonly memoryMb: number;
}

/** Idle is less than a twentieth of a core for so long. */
const idleMs = 2000;

/**
 * Sends requests for a while.
 *
 * @throws when an answer's status is not 200
 */
export async function measure(load: Load, durationMs: number): Promise<Measure> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
  try {
    await sendFor(load, agent, durationMs / 10);
    const before = processTree(load.pid);
    const startedAt = performance.now();
    const timesMs = await sendFor(load, agent, durationMs);
    const seconds = (performance.now() - startedAt) / 1000;
    const after = processTree(load.pid);
    let cpuMs = 0;
    // A process that ended meanwhile was busy with something else.
    for (const [pid, now] of after) cpuMs += now.cpuMs - (before.get(pid)?.cpuMs ?? 0);
    const count = timesMs.length;
    const sorted = Float64Array.from(timesMs).sort();
    return {
      cpuMs: cpuMs / count,
      requestsPerSecond: count / seconds,
      p50Ms: sorted[count >> 1]!,
      p99Ms: sorted[Math.floor(count * 0.99)]!,
      memoryMb: memoryMb([...after.keys()]),
    };
  } finally {
    agent.destroy();
  }
}

/** How long each answer took. */
async function sendFor(load: Load, agent: Agent, durationMs: number): Promise<number[]> {
  const until = performance.now() + durationMs;
  const timesMs: number[] = [];
  const sendInTurn = async (): Promise<void> => {
    do {
      const sentAt = performance.now();
      await send(load, agent);
      timesMs.push(performance.now() - sentAt);
    } while (performance.now() < until);
  };
  await Promise.all(Array.from({ length: load.connections }, sendInTurn));
  return timesMs;
}

/** One request; gives the answer's body. */
export function send(
  { url, headers, body }: Omit<Load, 'pid' | 'connections'>,
  agent?: Agent,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers, 'content-length': body.length },
        ...(agent && { agent }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const answer = Buffer.concat(chunks);
          if (response.statusCode === 200) resolve(answer);
          else reject(new Error(`${url} answered ${response.statusCode}: ${answer}`));
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Waits until a server does nothing by itself any more, such as looking at what it has just trained. */
export async function untilIdle(pid: number): Promise<void> {
  const total = (): number => [...processTree(pid).values()].reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  for (let before = total(); ; ) {
    await delay(idleMs);
    const now = total();
    if (Math.abs(now - before) <= idleMs / 20) return;
    before = now;
  }
}

/** Proportional set size: a page that several processes share counts in parts. */
function memoryMb(pids: readonly number[]): number {
  let kilobytes = 0;
  for (const pid of pids) {
    try {
      kilobytes += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
    } catch {
      // The process ended meanwhile.
    }
  }
  return kilobytes / 1024;
}
