/**
 * Measures what the platform adds to a stream: the tiny language model asked directly, behind two bare relays in Node,
 * and behind an endpoint through the whole platform (gateway with generate, SageMaker's runtime with its event stream),
 * in turns. The relays are what as many processes cost that do nothing but pass bytes on.
 *
 * Usage: npm run build && node bench/stream.ts [--quick | --long] [--rounds N]
 * `--long` measures 200 streams of two minutes each, once, instead of the short cases.
 * Linux only, for the CPU time. Where the machine has something else to do, waiting for a core is most of what is
 * measured: compare with the relays, or run it with a priority (`chrt -r 5 node bench/stream.ts`).
 *
 * - delay: from the moment a chunk is written by the container until the client has it. The first tenth of each stream is
 *   told apart, as all streams of a case start at once and their requests stand in each other's way.
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

const { quick, long, ...wanted } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    rounds: { type: 'string' },
  },
}).values;
const rounds = Number(wanted.rounds ?? (long ? 1 : 3));

/** One way to load all of them. */
interface Case {
  readonly name: string;
  readonly tokenMs: number;
  readonly streams: number;
  readonly words: number;
}

const share = quick ? 0.2 : 1;
const shortCases: readonly Case[] = [
  { name: '1 stream, a chunk every 10 ms', tokenMs: 10, streams: 1, words: 500 * share },
  { name: '20 streams, a chunk every 20 ms each', tokenMs: 20, streams: 20, words: 300 * share },
  { name: '200 streams, a chunk every 200 ms each', tokenMs: 200, streams: 200, words: 50 * share },
  { name: '1 stream, as fast as it can', tokenMs: 0, streams: 1, words: 20_000 * share },
];
const longCases: readonly Case[] = [
  { name: '200 streams for two minutes, a chunk every 200 ms each', tokenMs: 200, streams: 200, words: 600 },
];
/** What makes everybody warm need not be longer. */
const mostWarmWords = 50;
const startShare = 0.1;

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
  /** Of the first chunks of each stream. */
  readonly startMs: number;
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
  const startChunks = Math.ceil(words * startShare);
  const delays = reports.flatMap(({ delaysMs }) => delaysMs.slice(startChunks));
  return {
    medianMs: median(delays),
    startMs: median(reports.flatMap(({ delaysMs }) => delaysMs.slice(0, startChunks))),
    p99Ms: quantile(delays, 0.99),
    totalMs: median(reports.map(({ totalMs }) => totalMs)),
    cpuUs: (spentMs * 1000) / (streams * words),
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
        if (round >= 0) measured[index]!.push(await measure(contender, one));
        else await measure(contender, { ...one, words: long ? mostWarmWords : one.words });
      }
    }
    return measured.map((all) => ({
      medianMs: median(all.map(({ medianMs }) => medianMs)),
      startMs: median(all.map(({ startMs }) => startMs)),
      p99Ms: median(all.map(({ p99Ms }) => p99Ms)),
      totalMs: median(all.map(({ totalMs }) => totalMs)),
      cpuUs: median(all.map(({ cpuUs }) => cpuUs)),
    }));
  } finally {
    await Promise.all([container.close(), relays.source.close(), platform.close()]);
  }
}

const shown = (value: number): string => value.toFixed(Math.abs(value) < 10 ? 2 : 0);

for (const one of long ? longCases : shortCases) {
  const [direct, relays, onramp] = (await measureCase(one)) as [Figures, Figures, Figures];
  console.log(one.name);
  for (const [what, of] of [
    ['delay of a chunk, median, ms', ({ medianMs }: Figures) => medianMs],
    ['delay of a chunk at the start, median, ms', ({ startMs }: Figures) => startMs],
    ['delay of a chunk, p99, ms', ({ p99Ms }: Figures) => p99Ms],
    ['total, ms', ({ totalMs }: Figures) => totalMs],
    ['CPU per chunk, us', ({ cpuUs }: Figures) => cpuUs],
  ] as const) {
    const added = `added ${shown(of(onramp) - of(direct))}, by the relays ${shown(of(relays) - of(direct))}`;
    const ratios = `${(of(onramp) / of(direct)).toFixed(2)}x the container, ${(of(onramp) / of(relays)).toFixed(2)}x the relays`;
    console.log(`  ${what}: ${shown(of(onramp))}; ${added}; ${ratios}`);
  }
}
