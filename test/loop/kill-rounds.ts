/** Kills the platform again and again while it works, and says of everything a client can see whether it is whole. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import type { RunView } from '../../lib/contracts/http.ts';
import type { VersionManifest } from '../../lib/contracts/records.ts';
import { createRandom, type Random } from '../../lib/core/index.ts';
import {
  artifactBucket,
  type BodyOf,
  dataBucket,
  heartCsv,
  type Loop,
  linearSpec,
  newS3Client,
  runsOf,
  until,
} from './support.ts';

/** What the platform is at when it is killed. */
export const phases = ['upload', 'reading', 'training', 'publishing', 'deciding'] as const;
export type Phase = (typeof phases)[number];

/** What came of the rounds. */
export interface KillReport {
  /** For each kill: the phase aimed at, what the run said at that moment, and the milliseconds to the next answer. */
  readonly kills: readonly { readonly phase: Phase; readonly at: string; readonly recoveryMs: number }[];
  readonly acknowledged: number;
  readonly unacknowledged: number;
  readonly runs: Readonly<Record<string, number>>;
  readonly versions: number;
}

/** One object that a client has sent; `acknowledged` once the server said so. */
interface SentObject {
  readonly key: string;
  readonly digest: string;
  acknowledged: boolean;
}

interface Rounds {
  readonly loop: Loop;
  readonly random: Random;
  readonly sent: SentObject[];
  /** How each run ended, as first seen. */
  readonly endings: Map<string, string>;
}

/** Kills the process tree once for each phase; afterwards, and in between, checks all that was promised. */
export async function killAndCheck(
  loop: Loop,
  { order, seed }: { readonly order: readonly Phase[]; readonly seed: number },
): Promise<KillReport> {
  const rounds: Rounds = { loop, random: createRandom(seed), sent: [], endings: new Map() };
  await loop.api('PUT', '/v1/models/heart', linearSpec);
  const kills: KillReport['kills'][number][] = [];
  for (const [index, phase] of order.entries()) {
    kills.push({ phase, ...(await killOnce(rounds, phase, index)) });
    await checkVersions(rounds);
    await checkEndings(rounds);
    // Now and then the work is let go to its end; at other times kills fall on work taken up again.
    if (rounds.random.uniform() < 0.5) await settle(rounds);
  }
  const runs = await settle(rounds);
  await checkEndings(rounds);
  await checkSent(rounds, runs);
  const versions = await checkVersions(rounds);
  checkRunsAndVersions(runs, versions);
  await checkDisk(rounds);
  return {
    kills,
    acknowledged: rounds.sent.filter(({ acknowledged }) => acknowledged).length,
    unacknowledged: rounds.sent.filter(({ acknowledged }) => !acknowledged).length,
    runs: Object.fromEntries(
      Object.entries(Object.groupBy(runs, ({ state }) => state)).map(([state, of]) => [state, of.length]),
    ),
    versions: versions.length,
  };
}

async function killOnce(
  rounds: Rounds,
  phase: Phase,
  index: number,
): Promise<{ readonly at: string; readonly recoveryMs: number }> {
  const { loop, random } = rounds;
  const file = `round-${index}.csv`;
  const earlier = rounds.sent.length;
  const uploads = sendObjects(rounds, index, file);
  if (phase !== 'upload') await uploads;
  const at = phase === 'upload' ? await amidUploads(rounds, earlier) : await momentOf(rounds, phase, file);
  await delay(random.uniform() * longestPauseMs[phase]);
  await loop.killTree();
  await uploads;
  const startedAt = performance.now();
  await loop.start();
  return { at, recoveryMs: Math.round(performance.now() - startedAt) };
}

/** So long at most after the phase was seen to begin. */
const longestPauseMs: Readonly<Record<Phase, number>> = {
  upload: 20,
  reading: 400,
  training: 500,
  publishing: 150,
  deciding: 300,
};

/** Waits until some of the objects of a round, and not yet all, are acknowledged; says how many. */
async function amidUploads({ random, sent }: Rounds, earlier: number): Promise<string> {
  const enough = random.integer(sent.length - earlier);
  const count = (): number => sent.slice(earlier).filter(({ acknowledged }) => acknowledged).length;
  await until(() => count() >= enough, 1);
  return `${count()} acknowledged`;
}

/** Waits until the run of a file is where the phase begins, or beyond; says where it was. */
async function momentOf({ loop }: Rounds, phase: Exclude<Phase, 'upload'>, file: string): Promise<string> {
  const hasBegun = ({ state, message, ended }: RunView): boolean => {
    if (ended !== null) return true;
    if (phase === 'reading') return true;
    if (phase === 'training') return state === 'running';
    return phase === 'publishing' ? /Scoring|published/.test(message) : /published/.test(message);
  };
  const run = await until(async () => {
    const found = (await runsOf(loop, 'heart')).find(({ source }) => source.file === file);
    return found && hasBegun(found) && found;
  }, 5);
  return `${run.state}: ${run.message}`;
}

/** One data set and a few objects that start nothing, sent at the same time, each once. */
async function sendObjects({ loop, random, sent }: Rounds, index: number, file: string): Promise<void> {
  const client = newS3Client(loop.s3Url, { maxAttempts: 1 });
  const blobs = Array.from({ length: 8 }, (_, blob): [string, string] => [
    `kept/${index}/${blob}`,
    String(random.uniform()).repeat(1 + random.integer(60_000)),
  ]);
  const objects: [string, string][] = [
    [`datasets/heart/uploads/${file}`, heartCsv(300 + random.integer(2_000), index + 1)],
    ...blobs,
  ];
  await Promise.all(
    objects.map(async ([key, body]) => {
      const object = { key, digest: sha256(body), acknowledged: false };
      sent.push(object);
      object.acknowledged = await client
        .send(new PutObjectCommand({ Bucket: dataBucket, Key: key, Body: body }))
        .then(
          () => true,
          () => false,
        );
    }),
  );
  client.destroy();
}

/** Waits until no run is queued or running and every upload that is there has one. */
async function settle({ loop, sent }: Rounds): Promise<readonly RunView[]> {
  const expected = sent.filter(({ key, acknowledged }) => acknowledged && key.startsWith('datasets/'));
  return until(async () => {
    const runs = await runsOf(loop, 'heart');
    const known = new Set(runs.map(({ data_digest }) => data_digest));
    const isComplete = expected.every(({ digest }) => known.has(digest));
    return isComplete && runs.every(({ ended }) => ended !== null) && runs;
  });
}

/** A run that has ended stays as it ended. */
async function checkEndings({ loop, endings }: Rounds): Promise<void> {
  for (const { run, state, ended, version } of await runsOf(loop, 'heart')) {
    if (ended === null) continue;
    const ending = `${state} ${ended} ${version}`;
    expect(endings.get(run) ?? ending).toBe(ending);
    endings.set(run, ending);
  }
}

/** Whatever is listed is whole: its file has the digest that was published, and it predicts; what is live exists. */
async function checkVersions({ loop }: Rounds): Promise<readonly VersionManifest[]> {
  type List = { readonly data: readonly VersionManifest[] };
  const { body: list } = await loop.api<List>('GET', '/v1/models/heart/versions?limit=1000');
  const versions = list.data;
  for (const { version, artifact } of versions) {
    const redirect = await loop.api('GET', `/v1/models/heart/versions/${version}/artifact`);
    const file = await (await fetch(redirect.headers.get('location')!)).bytes();
    const answer = await loop.api<BodyOf<'predict'>>('POST', `/v1/models/heart/predict?version=${version}`, {
      instances: [{ age: 61, sex: 'F', weight: 70 }],
    });
    expect([version, sha256(file)]).toEqual([version, artifact.sha256]);
    expect([answer.status, answer.body.version]).toEqual([200, version]);
  }
  const { body: card } = await loop.api<BodyOf<'get-model'>>('GET', '/v1/models/heart');
  if (card.live !== null) expect(versions.map(({ version }) => version)).toContain(card.live);
  return versions;
}

/** Each version belongs to one run, and each run that says it made one did. */
function checkRunsAndVersions(runs: readonly RunView[], versions: readonly VersionManifest[]): void {
  const made = runs.filter(({ state }) => state === 'succeeded' || state === 'kept');
  const pairs = (list: readonly { readonly run: string; readonly version: string | null }[]) =>
    list.map(({ run, version }) => `${run} ${version}`).sort();
  expect(pairs(made)).toEqual(pairs(versions));
  expect(new Set(runs.map(({ run }) => run)).size).toBe(runs.length);
}

/** What was acknowledged is there, byte for byte; what was not is there whole or not at all. */
async function checkSent({ loop, sent }: Rounds, runs: readonly RunView[]): Promise<void> {
  for (const { key, digest, acknowledged } of sent) {
    const found = await loop.s3
      .send(new GetObjectCommand({ Bucket: dataBucket, Key: key }))
      .then(async ({ Body }) => sha256(await Body!.transformToByteArray()))
      .catch((error: Error) => error.name);
    if (acknowledged) expect([key, found]).toEqual([key, digest]);
    else expect([digest, 'NoSuchKey']).toContain(found);
    const isTold = runs.some(({ data_digest }) => data_digest === digest);
    if (key.startsWith('datasets/') && found === digest) expect([key, isTold]).toEqual([key, true]);
  }
}

/** No file is left that nothing names. */
async function checkDisk({ loop }: Rounds): Promise<void> {
  const objects = (await countObjects(loop, dataBucket)) + (await countObjects(loop, artifactBucket));
  const files = (...path: readonly string[]): readonly string[] => readdirSync(join(loop.home, ...path));
  expect(files('s3', 'blobs')).toHaveLength(objects);
  expect(files('s3', 'temporary')).toEqual([]);
  // The function that ended the last run tidies up after it; each process that lives has an empty folder of its own.
  await until(() =>
    files('tmp').every((folder) => folder.startsWith('process-') && files('tmp', folder).length === 0),
  );
}

async function countObjects({ s3 }: Loop, bucket: string): Promise<number> {
  const { KeyCount, IsTruncated } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  expect(IsTruncated).toBe(false);
  return KeyCount!;
}

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');
