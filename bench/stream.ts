/**
 * Measures what the platform adds to a stream: the tiny language model asked directly, behind two bare relays in Node,
 * and behind an endpoint through the whole platform (gateway with generate, SageMaker's runtime with its event stream),
 * in turns. The relays are what as many processes cost that do nothing but pass bytes on.
 *
 * Usage: npm run build && node bench/stream.ts [--quick] [--rounds N]
 * Linux only, for the CPU time. Where the machine has something else to do, waiting for a core is most of what is
 * measured: compare with the relays, or run it with a priority (`chrt -r 5 node bench/stream.ts`).
 *
 * - delay: from the moment a chunk is written by the container until the client has it.
 * - total: of a stream whose chunks come at a pace, and of one whose chunks come as fast as they can.
 * - CPU: of all processes but the client, for each chunk.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freePort } from '../test/loop/process-group.ts';
import {
  quantile,
  readStream,
  type StreamSource,
  startContainer,
  startPlatform,
} from '../test/loop/stream-load.ts';
import { processTree } from '../test/process-tree.ts';

const { quick, rounds: wantedRounds } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string', default: '3' } },
}).values;
const rounds = Number(wantedRounds);

/** One way to load all of them. */
interface Case {
  readonly name: string;
  readonly tokenMs: number;
  readonly streams: number;
  readonly words: number;
}

const share = quick ? 0.2 : 1;
const cases: readonly Case[] = [
  { name: '1 stream, a chunk every 10 ms', tokenMs: 10, streams: 1, words: 500 * share },
  { name: '20 streams, a chunk every 20 ms each', tokenMs: 20, streams: 20, words: 300 * share },
  { name: '200 streams, a chunk every 200 ms each', tokenMs: 200, streams: 200, words: 50 * share },
  { name: '1 stream, as fast as it can', tokenMs: 0, streams: 1, words: 20_000 * share },
];

/** A source and all processes that are at work behind it. */
interface Contender {
  readonly source: StreamSource;
  readonly pids: readonly number[];
}

const relay = fileURLToPath(new URL('stream-relay.ts', import.meta.url));

/** Two relays before the container. */
async function startRelays(container: StreamSource): Promise<Contender> {
  const { origin, pathname } = new URL(container.url);
  const children: ChildProcess[] = [];
  let to = origin;
  for (let count = 0; count < 2; count += 1) {
    const port = await freePort();
    const env = { ...process.env, RELAY_TO: to, RELAY_PORT: String(port) };
    children.push(spawn(process.execPath, [relay], { stdio: 'ignore', env }));
    to = `http://127.0.0.1:${port}`;
    while (!(await fetch(`${to}/ping`).catch(() => null))?.ok) await delay(20);
  }
  const close = async (): Promise<void> => {
    for (const child of children) child.kill('SIGKILL');
  };
  const pids = children.map(({ pid }) => pid!);
  const source = { name: 'relays', url: `${to}${pathname}`, headers: {}, pid: pids[0]!, close };
  return { source, pids: [...pids, container.pid] };
}

interface Figures {
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly totalMs: number;
  readonly cpuUs: number;
}

const cpuMs = (pids: readonly number[]): number =>
  pids.flatMap((pid) => [...processTree(pid).values()]).reduce((sum, { cpuMs: own }) => sum + own, 0);

async function measure({ source, pids }: Contender, { streams, words }: Case): Promise<Figures> {
  const before = cpuMs(pids);
  const reports = await Promise.all(Array.from({ length: streams }, () => readStream(source, words)));
  const spentMs = cpuMs(pids) - before;
  const broken = reports.filter(
    ({ missing, reordered, isComplete }) => missing + reordered > 0 || !isComplete,
  );
  if (broken.length > 0)
    throw new Error(`${source.name}: ${broken.length} of ${streams} streams are not whole`);
  const delays = reports.flatMap(({ delaysMs }) => delaysMs);
  return {
    medianMs: median(delays),
    p99Ms: quantile(delays, 0.99),
    totalMs: median(reports.map(({ totalMs }) => totalMs)),
    cpuUs: (spentMs * 1000) / delays.length,
  };
}

const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The figures of a case: the median of its rounds, for each contender. */
async function measureCase(one: Case): Promise<readonly Figures[]> {
  const container = await startContainer(one.tokenMs);
  const relays = await startRelays(container);
  const platform = await startPlatform(one.tokenMs);
  const contenders: readonly Contender[] = [
    { source: container, pids: [container.pid] },
    relays,
    { source: platform, pids: [platform.pid] },
  ];
  try {
    const measured: Figures[][] = contenders.map(() => []);
    // The first round only makes everybody warm.
    for (let round = -1; round < rounds; round += 1) {
      for (const [index, contender] of contenders.entries()) {
        const figures = await measure(contender, one);
        if (round >= 0) measured[index]!.push(figures);
      }
    }
    return measured.map((all) => ({
      medianMs: median(all.map(({ medianMs }) => medianMs)),
      p99Ms: median(all.map(({ p99Ms }) => p99Ms)),
      totalMs: median(all.map(({ totalMs }) => totalMs)),
      cpuUs: median(all.map(({ cpuUs }) => cpuUs)),
    }));
  } finally {
    await Promise.all([container.close(), relays.source.close(), platform.close()]);
  }
}

const shown = (value: number): string => value.toFixed(Math.abs(value) < 10 ? 2 : 0);

for (const one of cases) {
  const [direct, relays, onramp] = (await measureCase(one)) as [Figures, Figures, Figures];
  console.log(one.name);
  for (const [what, of] of [
    ['delay of a chunk, median, ms', ({ medianMs }: Figures) => medianMs],
    ['delay of a chunk, p99, ms', ({ p99Ms }: Figures) => p99Ms],
    ['total, ms', ({ totalMs }: Figures) => totalMs],
    ['CPU per chunk, us', ({ cpuUs }: Figures) => cpuUs],
  ] as const) {
    const added = `added ${shown(of(onramp) - of(direct))}, by the relays ${shown(of(relays) - of(direct))}`;
    const ratios = `${(of(onramp) / of(direct)).toFixed(2)}x the container, ${(of(onramp) / of(relays)).toFixed(2)}x the relays`;
    console.log(`  ${what}: ${shown(of(onramp))}; ${added}; ${ratios}`);
  }
}
