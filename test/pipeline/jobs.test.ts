import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { JobInput, JobOptions, JobRecord, RowsJobRecord } from '../../lib/contracts/jobs.ts';
import { artifactKeys } from '../../lib/contracts/keys.ts';
import {
  acceptBody,
  cancelJob,
  claimJob,
  createJob,
  deleteJob,
  finishJob,
  getJob,
  type JobContext,
  requestKey,
} from '../../lib/jobs/index.ts';
import { type BatchContext, runJob } from '../../lib/pipeline/index.ts';
import { createModelCache, requireRows } from '../../lib/serve/index.ts';
import type { ObjectStore } from '../../lib/storage/index.ts';
import { createWorld, heartCsv, register, upload } from './support.ts';

type World = BatchContext & JobContext & { advance(ms: number): void };

const options: JobOptions = { strict: false, non_finite: 'error', on_error: 'skip' };
const bodyOptions = { strict: false, non_finite: 'error' } as const;

let world: World;
beforeAll(async () => {
  const made = createWorld();
  await register(made);
  await upload(made, heartCsv(400));
  let ids = 0;
  world = { ...made, models: createModelCache(made), newId: () => `id-${++ids}` };
});

let messages = 0;
const delivery = (receiveCount = 1) => ({ messageId: `job-message-${++messages}`, receiveCount });

type JobMore = Partial<JobOptions> & Partial<RowsJobRecord['output']> & { readonly file?: string };

/** Stores a file and makes a job of it. */
async function jobOf(
  content: string | Uint8Array,
  { file = 'rows.csv', ...more }: JobMore = {},
): Promise<JobRecord> {
  const key = artifactKeys.jobUpload('heart', world.newId(), file);
  const stored = await world.artifacts.put(key, content);
  const { format = 'csv', keep = [], ...rest } = more;
  const input: JobInput = {
    kind: 'table',
    bucket: 'artifacts',
    key,
    file,
    etag: stored!.etag,
    size_bytes: content.length,
  };
  return createJob(world, {
    model: 'heart',
    output: { format, keep },
    options: { ...options, ...rest },
    key: null,
    bringInput: async () => input,
  });
}

async function run({ id }: JobRecord): Promise<JobRecord> {
  await runJob(world, id, delivery());
  return getJob(world, id);
}

const textOf = async (store: ObjectStore, key: string): Promise<string> =>
  Buffer.from((await store.get(key))!.body).toString('utf8');
const resultOf = ({ result }: JobRecord): Promise<string> => textOf(world.artifacts, result!.key);
const linesOf = (text: string): string[] => text.trimEnd().split('\n');
const errorsOf = async ({ errors }: JobRecord) =>
  linesOf(await textOf(world.artifacts, errors!.key)).map((line) => JSON.parse(line));

/** What HTTP answers to the same rows: labels and probabilities as float32. */
async function answersTo(instances: readonly unknown[]) {
  const model = requireRows(await world.models.resolve('heart'));
  const { feeds } = model.decode({ kind: 'instances', instances, place: 'instances' });
  const outputs = await model.session.run(feeds);
  const probabilities = outputs.probabilities!.data as Float32Array;
  return instances.map((_, row) => ({
    label: (outputs.label!.data as string[])[row]!,
    probabilities: [probabilities[row * 2]!, probabilities[row * 2 + 1]!],
  }));
}

const three = 'age,sex,weight\n61,F,70.5\n30,M,80\n,F,65\n';
const threeRows = [
  { age: 61, sex: 'F', weight: 70.5 },
  { age: 30, sex: 'M', weight: 80 },
  { age: null, sex: 'F', weight: 65 },
];

describe('a job on a table', () => {
  it.each([
    ['CSV', 'rows.csv', three],
    ['TSV', 'rows.tsv', three.replaceAll(',', '\t')],
    ['gzipped CSV', 'rows.csv.gz', gzipSync(three)],
    ['JSON Lines', 'rows.jsonl', threeRows.map((row) => `${JSON.stringify(row)}\n`).join('')],
    ['a JSON array', 'rows.json', JSON.stringify(threeRows)],
  ])('answers %s row by row as HTTP does', async (_kind, file, content) => {
    const job = await run(await jobOf(content, { file, format: 'jsonl' }));

    const lines = linesOf(await resultOf(job)).map((line) => JSON.parse(line));
    expect(job).toMatchObject({ state: 'succeeded', progress: 1, rows: 3, rows_done: 3, rows_failed: 0 });
    expect(
      lines.map(({ label, probabilities }) => ({
        label,
        probabilities: [Math.fround(probabilities.no), Math.fround(probabilities.yes)],
      })),
    ).toEqual(await answersTo(threeRows));
    expect(lines.map(({ row, warnings }) => [row, warnings])).toEqual([
      [0, 0],
      [1, 0],
      [2, 1],
    ]);
    expect(job.warnings).toBe(1);
    expect(job.errors).toBeNull();
  });

  it('keeps the columns that are asked for and leaves out the others', async () => {
    const content = 'id,age,sex,weight,label\n"a,1",61,F,70.5,x\nb,30,M,80,"say ""y"""\n';

    const job = await run(await jobOf(content, { keep: ['id', 'label'] }));

    const [head, first, second] = linesOf(await resultOf(job));
    expect(head).toBe('row,id,label,onramp_label,probability_no,probability_yes,warnings,error');
    expect(first).toMatch(/^0,"a,1",x,yes|no,0\.\d+,0\.\d+,0,$/);
    expect(second).toMatch(/^1,b,"say ""y""",/);
  });

  it('tells rows that cannot be read in the error file, and leaves their answers empty', async () => {
    const content = 'age,sex,weight\n61,F,70.5\nold,M,80\n30,M,heavy\n44,F,65\n';

    const job = await run(await jobOf(content));

    const lines = linesOf(await resultOf(job));
    expect(job).toMatchObject({ state: 'succeeded', rows: 4, rows_done: 4, rows_failed: 2 });
    expect(lines).toHaveLength(5);
    expect(lines[2]).toBe('1,,,,0,not_a_number');
    expect(lines[3]).toBe('2,,,,0,not_a_number');
    expect(lines[4]).toMatch(/^3,(yes|no),0/);
    expect(await errorsOf(job)).toEqual([
      {
        row: 1,
        field: 'age',
        code: 'not_a_number',
        message: '"age" must be a number or null, not the text "old".',
      },
      {
        row: 2,
        field: 'weight',
        code: 'not_a_number',
        message: '"weight" must be a number or null, not the text "heavy".',
      },
    ]);
  });

  it('takes what would be a warning for an error of the row if it is to be strict', async () => {
    const content = 'age,sex,weight\n61,F,70.5\n30,X,80\n';

    const job = await run(await jobOf(content, { strict: true, format: 'jsonl' }));

    expect((await errorsOf(job)).map(({ row, field, code }) => [row, field, code])).toEqual([
      [1, 'sex', 'unknown_category'],
    ]);
    expect(JSON.parse(linesOf(await resultOf(job))[1]!)).toEqual({ row: 1, error: 'unknown_category' });
  });

  it('answers many more rows than one call takes, in their order', async () => {
    const content = heartCsv(25_000, 3);

    const job = await run(await jobOf(content));

    const rows = linesOf(await resultOf(job)).slice(1);
    expect(rows).toHaveLength(25_000);
    expect(rows.every((line, row) => line.startsWith(`${row},`))).toBe(true);
    const last = content.trimEnd().split('\n').at(-1)!.split(',');
    const [expected] = await answersTo([{ age: Number(last[0]), sex: last[1], weight: Number(last[2]) }]);
    const [, label, no] = rows.at(-1)!.split(',');
    expect([label, Math.fround(Number(no))]).toEqual([expected!.label, expected!.probabilities[0]]);
  });

  it.each([
    ['a column is missing', 'age,sex\n61,F\n', {}, 'missing_column', /"weight".*The columns are age, sex/],
    ['a column to keep is missing', three, { keep: ['id'] }, 'unknown_column', /"id", to keep/],
    ['the file is a PDF', '%PDF-1.7 ...', {}, 'not_a_table', /a PDF document/],
    ['the file is empty', '', {}, 'empty_file', /empty/],
    ['a row is ragged', `${three}1,2\n`, {}, 'ragged_row', /line 5/],
    [
      'a row is bad and the job is to stop',
      `${three}x,F,1\n`,
      { on_error: 'stop' },
      'not_a_number',
      /^Row 3 /,
    ],
  ] satisfies [string, string, JobMore, string, RegExp][])(
    'bad call: fails when %s',
    async (_what, content, more, code, message) => {
      const job = await run(await jobOf(content, more));

      expect(job).toMatchObject({ state: 'failed', result: null, error: { code } });
      expect(job.error!.message).toMatch(message);
      expect(job.message).toBe(job.error!.message);
    },
  );

  it('bad call: fails when the input was replaced after the job was made', async () => {
    const queued = await jobOf(three);
    await world.artifacts.put(queued.input.key, `${three}1,F,2\n`);

    const job = await run(queued);

    expect(job.error?.code).toBe('input_changed');
  });
});

describe('a job on a request', () => {
  const make = (body: unknown, idempotencyKey?: string) =>
    acceptBody(world, {
      model: 'heart',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      options: bodyOptions,
      ...{ caller: 'shop', idempotencyKey },
    });

  it('takes its rows as HTTP does, and tells errors in its words', async () => {
    const instances = [...threeRows, { age: '61', sex: 'F', weight: 1 }, 7, { age: 1, sex: 'F' }];

    const job = await run(await make({ instances }));

    expect(job).toMatchObject({ state: 'succeeded', rows: 6, rows_failed: 3 });
    const [first] = linesOf(await resultOf(job)).map((line) => JSON.parse(line));
    expect(first.label).toBe((await answersTo([threeRows[0]]))[0]!.label);
    expect(await errorsOf(job)).toMatchObject([
      { row: 3, field: 'age', code: 'not_a_number', message: expect.stringContaining('"instances[3].age"') },
      { row: 4, field: null, code: 'wrong_shape', message: expect.stringContaining('"instances[4]"') },
      { row: 5, field: 'weight', code: 'missing_field', message: expect.stringContaining('"instances[5]"') },
    ]);
  });

  it('takes columns, and names the row of a value in them', async () => {
    const columns = { age: [61, 'x'], sex: ['F', 'M'], weight: [70.5, 80] };

    const job = await run(await make({ columns }));

    expect(await errorsOf(job)).toMatchObject([
      { row: 1, field: 'age', code: 'not_a_number', message: expect.stringContaining('"columns.age[1]"') },
    ]);
  });

  it.each([
    ['no JSON', '{"instances": [', 'invalid_json'],
    ['no rows', { instances: [] }, 'wrong_shape'],
    ['neither rows nor columns', { rows: [] }, 'wrong_shape'],
    ['a column too few', { columns: { age: [1], sex: ['F'] } }, 'missing_field'],
    ['a column too many', { columns: { age: [1], sex: ['F'], weight: [1], shoe: [42] } }, 'unknown_field'],
  ])('bad call: fails on a body with %s', async (_what, body, code) => {
    const job = await run(await make(body));

    expect(job).toMatchObject({ state: 'failed', error: { code } });
  });

  it('is one job however often the same request is sent with one key', async () => {
    const jobs = await Promise.all(Array.from({ length: 20 }, () => make({ instances: threeRows }, 'key-1')));

    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
  });

  it('bad call: another request with the same key', async () => {
    await make({ instances: threeRows }, 'key-2');

    await expect(make({ instances: [] }, 'key-2')).rejects.toMatchObject({
      kind: 'conflict',
      code: 'idempotency_conflict',
    });
  });

  it('makes a new job once the key is forgotten, or its job deleted', async () => {
    const first = await make({ instances: threeRows }, 'key-3');
    world.advance(8 * 24 * 3_600_000);
    const second = await make({ instances: threeRows }, 'key-3');
    await deleteJob(world, second.id);
    const third = await make({ instances: threeRows }, 'key-3');

    expect(new Set([first.id, second.id, third.id]).size).toBe(3);
  });
});

describe('a job ends once', () => {
  it('though it is announced again while it runs and afterwards', async () => {
    const { id } = await jobOf(three);

    await Promise.all([runJob(world, id, delivery()), runJob(world, id, delivery())]);
    const done = await getJob(world, id);
    await runJob(world, id, delivery(2));

    expect(done).toMatchObject({ state: 'succeeded', attempts: 1 });
    expect(await getJob(world, id)).toEqual(done);
  });

  it('is taken over when its worker is dead, and what that one left is removed', async () => {
    const { id } = await jobOf(three);
    const dead = await claimJob(world, id, { owner: 'dead', leaseMs: 1000, deliveries: 1 });
    const left = artifactKeys.jobResult(id, 1, 'result.csv');
    await world.artifacts.put(left, 'half');
    await runJob(world, id, delivery());
    const busy = await getJob(world, id);
    world.advance(2000);

    await runJob(world, id, delivery());

    expect(busy).toMatchObject({ state: 'running', attempts: 1 });
    const done = await getJob(world, id);
    expect(done).toMatchObject({ state: 'succeeded', attempts: 2 });
    expect(await world.artifacts.head(left)).toBeNull();
    const lease = dead.outcome === 'claimed' ? dead.lease : null;
    await expect(
      finishJob(world, lease!, { state: 'failed', error: { code: 'x', message: 'x', param: null } }),
    ).rejects.toMatchObject({ code: 'lease_lost' });
  });

  it('as failed when its worker dies again and again', async () => {
    const { id } = await jobOf(three);

    await runJob(world, id, delivery(4));

    expect(await getJob(world, id)).toMatchObject({ state: 'failed', error: { code: 'worker_died' } });
  });

  it('as cancelled, before it runs and while it runs, and nothing is left of it', async () => {
    const waiting = await jobOf(three);
    await cancelJob(world, waiting.id);
    await runJob(world, waiting.id, delivery());
    const running = await jobOf(heartCsv(3000));
    const uploading = { ...world.artifacts };
    const store: ObjectStore = {
      ...uploading,
      upload: async (key, path, more) => {
        await cancelJob(world, running.id);
        return world.artifacts.upload(key, path, more);
      },
    };

    await runJob({ ...world, artifacts: store }, running.id, delivery());

    const again = await cancelJob(world, running.id);
    expect(await getJob(world, waiting.id)).toMatchObject({ state: 'cancelled', attempts: 0 });
    expect(again).toMatchObject({ state: 'cancelled', result: null });
    const left: string[] = [];
    for await (const { key } of world.artifacts.list(artifactKeys.jobResults(running.id))) left.push(key);
    expect(left).toEqual([]);
  });

  it('keeps its files when the store confirms nothing, and finds them at the next delivery', async () => {
    const { id } = await jobOf(three);
    let silent = false;
    const store = {
      ...world.artifacts,
      put: async (...args: Parameters<ObjectStore['put']>) => {
        const written = await world.artifacts.put(...args);
        if (args[0].endsWith('job.json') && String(args[1]).includes('"succeeded"')) silent = true;
        if (silent) throw Object.assign(new Error('no answer'), { kind: 'upstream', code: 'x', param: null });
        return written;
      },
    } as ObjectStore;

    await expect(runJob({ ...world, artifacts: store }, id, delivery())).rejects.toThrow('no answer');
    await runJob(world, id, delivery(2));

    const done = await getJob(world, id);
    expect(done).toMatchObject({ state: 'succeeded', attempts: 1 });
    expect(linesOf(await resultOf(done))).toHaveLength(4);
  });
});

it('a key is kept as a digest only, and differs by model', () => {
  const request = { model: 'heart', caller: 'shop', request: 1 };
  const key = requestKey('secret-key', request)!;

  expect(JSON.stringify(key)).not.toContain('secret-key');
  expect(requestKey('secret-key', { ...request, model: 'other' })!.digest).not.toBe(key.digest);
  expect(requestKey('secret-key', { ...request, caller: 'till' })!.digest).not.toBe(key.digest);
  expect(() => requestKey('a b', request)).toThrow(/Idempotency-Key/);
});
