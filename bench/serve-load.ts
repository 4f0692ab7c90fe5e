/** Loads an HTTP server from here and measures what its processes spend on it, by Linux's own accounts. */
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';

/** One kind of request, sent again and again. */
export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** First process of the server; those it started count as well. */
  readonly pid: number;
}

/** What a server did in a while. */
export interface Measure {
  /** CPU time of all its processes, per request. */
  readonly cpuMs: number;
  readonly requestsPerSecond: number;
}

const connections = 8;
/** Accounts are kept in hundredths of a second on every Linux. */
const tickMs = 10;

/**
 * Sends requests over eight connections that are kept, a new one on each as soon as the last is answered.
 *
 * @throws when an answer's status is not 200
 */
export async function measure(load: Load, durationMs: number): Promise<Measure> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  try {
    await sendFor(load, agent, durationMs / 10);
    const before = cpuTimesMs(load.pid);
    const startedAt = performance.now();
    const count = await sendFor(load, agent, durationMs);
    const seconds = (performance.now() - startedAt) / 1000;
    let cpuMs = 0;
    // A process that ended meanwhile was busy with something else.
    for (const [pid, spentMs] of cpuTimesMs(load.pid)) cpuMs += spentMs - (before.get(pid) ?? 0);
    return { cpuMs: cpuMs / count, requestsPerSecond: count / seconds };
  } finally {
    agent.destroy();
  }
}

async function sendFor(load: Load, agent: Agent, durationMs: number): Promise<number> {
  const until = performance.now() + durationMs;
  let count = 0;
  const sendInTurn = async (): Promise<void> => {
    do {
      await send(load, agent);
      count += 1;
    } while (performance.now() < until);
  };
  await Promise.all(Array.from({ length: connections }, sendInTurn));
  return count;
}

function send({ url, headers, body }: Load, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', 'content-length': body.length },
        agent,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`${url} answered ${response.statusCode}: ${Buffer.concat(chunks)}`));
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** User and system time of a process and of each of its living descendants, by process. */
function cpuTimesMs(root: number): Map<number, number> {
  const processes = new Map<number, { readonly parent: number; readonly ticks: number }>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // The name in brackets may hold anything; the fields are counted after it.
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      const [parent, user, system] = [1, 11, 12].map((place) => Number(fields[place]));
      processes.set(Number(name), { parent: parent!, ticks: user! + system! });
    } catch {
      // The process ended meanwhile.
    }
  }
  const belongs = (pid: number): boolean => {
    for (let at = pid; at > 0; at = processes.get(at)?.parent ?? 0) if (at === root) return true;
    return false;
  };
  const times = new Map<number, number>();
  for (const [pid, { ticks }] of processes) if (belongs(pid)) times.set(pid, ticks * tickMs);
  return times;
}
