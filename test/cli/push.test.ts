import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { tarOf } from '../../cli/tar.ts';
import { apiKey, run, startService, temporaryFile } from './fake-service.ts';

const csv = 'age,sex,seen,disease\n61,F,2025-01-01,no\n44,M,2025-01-02,yes\n';
const succeeded = { state: 'succeeded', progress: 1, message: 'Version 1 is live.', version: '1' } as const;

/** A service and the command line that pushes a file to it. */
async function prepare() {
  const service = await startService();
  const file = temporaryFile('heart.csv', csv);
  const line = ['push', file, '--model', 'heart', '--target', 'disease', '--url', service.url];
  return { service, file, line };
}

test('a push sends spec and bytes, follows the run, and prints figures, warnings and a line to try', async () => {
  const { service, line } = await prepare();

  const { code, stdout, stderr } = await run([...line, '--positive', 'yes']);

  expect(code).toBe(0);
  expect(service.specs.get('heart')).toEqual({ dataset: 'heart', target: 'disease', positive: 'yes' });
  expect(service.uploads.get('heart')?.toString()).toBe(csv);
  expect(stdout).toContain('Version 1 is live.');
  expect(stdout).toMatch(/auc \* +0\.9123 +0\.88 to 0\.94 +0\.5 +0\.9 \(0\.81 to 0\.97\)/);
  expect(stdout).toContain('outcome: Predicts the target almost alone.');
  expect(stdout).toMatch(/curl 'http.*\/v1\/models\/heart\/predict'/);
  expect(stderr).toContain('heart: Uploading.');
});

test('the curl line carries a whole row of typical values, quoted for a shell', async () => {
  const { line } = await prepare();

  const { stdout } = await run(line);
  const [, body] = /-d '(.*)'$/m.exec(stdout)!;

  expect(JSON.parse(body!)).toEqual({ instances: [{ age: 52.5, sex: 'F', seen: '2025-06-30' }] });
  expect(stdout).toContain(`-H 'x-api-key: ${apiKey}'`);
});

test('a key from the environment is named in the curl line, not shown', async () => {
  const { line } = await prepare();

  const { stdout } = await run(line, { env: { ONRAMP_API_KEY: apiKey } });

  expect(stdout).toContain('"x-api-key: $ONRAMP_API_KEY"');
  expect(stdout).not.toContain(apiKey);
});

test('elsewhere than on a terminal a line is written for each stage, not for each fold', async () => {
  const { service, line } = await prepare();
  service.script = [
    { state: 'running', progress: 0.1, message: 'Reading the data.' },
    { state: 'running', progress: 0.2, message: 'linear: fold 1 of 5' },
    { state: 'running', progress: 0.3, message: 'linear: fold 2 of 5' },
    succeeded,
  ];

  const { stderr } = await run(line);

  expect(stderr.split('\n').filter((text) => text.startsWith('heart: '))).toEqual([
    'heart: Uploading.',
    'heart: Reading the data.',
    'heart: Trying linear.',
    'heart: Version 1 is live.',
  ]);
});

test('on a terminal one line with a bar is drawn over and over', async () => {
  const { service, line } = await prepare();
  service.script = [{ state: 'running', progress: 0.5, message: 'linear: fold 3 of 5' }, succeeded];

  const { stderr } = await run(line, { isTTY: true });

  expect(stderr).toContain('[##########..........]  50 %  linear: fold 3 of 5');
  expect(stderr).toContain('\x1b[1A');
});

test('--json leaves one document on stdout', async () => {
  const { line } = await prepare();

  const { code, stdout } = await run([...line, '--json']);
  const answer = JSON.parse(stdout);

  expect(code).toBe(0);
  expect(answer).toMatchObject({
    run: { state: 'succeeded' },
    version: { version: '1' },
    live: '1',
    trained_before: false,
  });
});

test('the same data with the same spec are told as known, with their version', async () => {
  const { service, line } = await prepare();
  await run(line);
  Object.assign(service.runs[0]!, succeeded);

  const { code, stdout } = await run(line);

  expect(code).toBe(0);
  expect(service.runs).toHaveLength(1);
  expect(stdout).toContain(
    'Version 1 has learnt these very data with this spec before; nothing was trained.',
  );
});

test('the same data with another spec are another run', async () => {
  const { service, line } = await prepare();
  await run(line);

  const { stdout } = await run([...line, '--learner', 'forest']);

  expect(service.runs).toHaveLength(2);
  expect(stdout).toContain('Version 1 is live.');
});

test('a version that was kept back is asked for by its number', async () => {
  const { service, line } = await prepare();
  service.live = null;
  service.script = [{ state: 'kept', progress: 1, message: 'Version 1 is kept, not live.', version: '1' }];

  const { code, stdout } = await run(line);

  expect(code).toBe(0);
  expect(stdout).toContain('Version 1 is kept, not live.');
  expect(stdout).toContain("/v1/models/heart/predict?version=1'");
});

test('expected failure: a failed run is one sentence and exit code 1', async () => {
  const { service, line } = await prepare();
  const error = { code: 'too_few_rows', message: 'The data have 2 rows.', param: null };
  service.script = [{ state: 'failed', message: error.message, error }];

  const { code, stdout, stderr } = await run(line);

  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain('onramp: the run of "heart" failed: The data have 2 rows.');
});

test('expected failure: a target that is not in the data is guessed', async () => {
  const { service, file } = await prepare();
  const error = { code: 'unknown_target', message: 'There is no "desease".', param: 'target' };
  service.script = [{ state: 'failed', message: error.message, error }];

  const { code, stderr } = await run([
    'push',
    file,
    '--model',
    'heart',
    '--target',
    'desease',
    '--url',
    service.url,
  ]);

  expect(code).toBe(1);
  expect(stderr).toContain('Did you mean --target "disease"?');
});

test('Ctrl-C while following says that the run goes on', async () => {
  const { service, line } = await prepare();
  service.script = [{ state: 'running', progress: 0.5, message: 'linear: fold 3 of 5' }];
  let listeners = 0;
  const onInterruptible = (press: () => void): void => {
    listeners += 1;
    // The first listener is that of the upload, the second that of the run.
    if (listeners === 2) press();
  };

  const { code, stderr } = await run(line, { onInterruptible });
  service.script = [succeeded];

  expect(code).toBe(130);
  expect(stderr).toContain(
    'The run goes on without this command; "onramp runs heart" shows how it ends, "onramp cancel heart" ends it.',
  );
});

test('Ctrl-C during the upload does not promise a run', async () => {
  const { line } = await prepare();

  const { code, stderr } = await run(line, { onInterruptible: (press) => press() });

  expect(code).toBe(130);
  expect(stderr).toContain('The upload is broken off; nothing new is trained.');
});

test('every option of the spec arrives in its field', async () => {
  const { service, line } = await prepare();
  const spec = temporaryFile(
    'spec.json',
    '{"gate":{"promote":"manual"},"features":{"types":{"age":"numeric"}},"metric":"f1"}',
  );

  await run([
    ...line,
    ...['--spec', spec, '--dataset', 'hearts', '--task', 'classification', '--learner', 'boosting'],
    ...['--metric', 'auc', '--relabel', 'None=no,*=yes', '--exclude', 'id, seen', '--exclude', 'notes'],
    ...['--split', 'time:seen', '--schedule', 'rate(1 day)', '--seed', '7'],
  ]);

  expect(service.specs.get('heart')).toEqual({
    dataset: 'hearts',
    target: 'disease',
    task: 'classification',
    learner: 'boosting',
    metric: 'auc',
    relabel: { None: 'no', '*': 'yes' },
    features: { types: { age: 'numeric' }, exclude: ['id', 'seen', 'notes'] },
    split: { kind: 'time', column: 'seen' },
    schedule: 'rate(1 day)',
    seed: 7,
    gate: { promote: 'manual' },
  });
});

const wrong: readonly [string, readonly string[], RegExp][] = [
  ['no model', ['--target', 'x'], /--model is missing/],
  ['no target', ['--model', 'm'], /--target is missing/],
  ['an unknown option', ['--modle', 'm'], /Unknown option '--modle'; .*push --help/],
  ['a pair that is none', ['--model', 'm', '--target', 'x', '--relabel', 'no'], /"no" is not OLD=NEW/],
  ['a seed that is no number', ['--model', 'm', '--target', 'x', '--seed', 'a'], /--seed is "a"/],
  ['a spec that is not there', ['--model', 'm', '--spec', 'no.json'], /there is no file "no.json"/],
];

test.each(wrong)('bad call: %s is exit code 2 with the fix', async (_name, options, message) => {
  const { service, file } = await prepare();

  const { code, stdout, stderr } = await run(['push', file, ...options, '--url', service.url]);

  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(message);
  expect(service.requests.filter((request) => !request.startsWith('GET '))).toEqual([]);
});

test('bad call: a file that is not there is exit code 2, and nothing is sent', async () => {
  const service = await startService();

  const { code, stderr } = await run([
    'push',
    'nowhere.csv',
    '--model',
    'm',
    '--target',
    'x',
    '--url',
    service.url,
  ]);

  expect(code).toBe(2);
  expect(stderr).toBe('onramp: There is no file "nowhere.csv".\n');
  expect(service.requests).toEqual([]);
});

test('bad call: a spec that the service refuses is exit code 1 in its words', async () => {
  const { service, line } = await prepare();

  const { code, stderr } = await run([...line, '--learner', 'magic']);

  expect(code).toBe(1);
  expect(stderr).toBe('onramp: "learner" is not right.\n');
  expect(service.uploads.size).toBe(0);
});

test('a folder is packed with the folders of its classes, the same each time, and predicts them', async () => {
  const { service } = await prepare();
  const folder = mkdtempSync(join(tmpdir(), 'onramp-flowers-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of [
    ['rose/1.png', 'one'],
    ['aster/2.png', 'two'],
    ['.DS_Store', 'junk'],
  ] as const) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const line = ['push', folder, '--model', 'flowers', '--url', service.url];

  const { code } = await run(line);

  const files = [
    { path: 'aster/2.png', body: Buffer.from('two') },
    { path: 'rose/1.png', body: Buffer.from('one') },
  ];
  expect(code).toBe(0);
  expect(service.specs.get('flowers')).toEqual({ dataset: 'flowers', target: 'label' });
  expect(service.uploads.get('flowers')).toEqual(tarOf(files, new Date(0)));
});

test('a newer file is pushed without a word on the spec, which stays as it is', async () => {
  const { service, line } = await prepare();
  await run([...line, '--positive', 'yes']);
  const newer = temporaryFile('newer.csv', `${csv}50,M,2025-01-03,yes\n`);
  service.requests.length = 0;

  const { code, stdout } = await run(['push', newer, '--model', 'heart', '--url', service.url]);

  expect([code, stdout.split('\n')[0]]).toEqual([0, 'Version 1 is live.']);
  expect(service.specs.get('heart')).toEqual({ dataset: 'heart', target: 'disease', positive: 'yes' });
  expect(service.requests.filter((request) => request.startsWith('PUT /v1'))).toEqual([]);
  expect(service.runs.map(({ source }) => source.file)).toEqual(['heart.csv', 'newer.csv']);
});

test('columns with commas are left out in quotes, and texts that mean "missing" are told', async () => {
  const { service, line } = await prepare();
  const options = ['--exclude', '"weight, kg",a"b , c', '--exclude', '"say ""no"""', '--missing', 'NA,?'];

  await run([...line, ...options]);

  expect(service.specs.get('heart')).toMatchObject({
    features: { exclude: ['weight, kg', 'a"b', 'c', 'say "no"'] },
    missing: ['NA', '?'],
  });
});

test('bad call: a column that cannot be learnt from is named with the option that leaves it out', async () => {
  const { service, line } = await prepare();
  const message = 'Column "weight, kg" has no value in any of the 300 rows.';
  const error = { code: 'column_missing', message, param: 'weight, kg' };
  service.script = [{ state: 'failed', message, error }];

  const { code, stderr } = await run(line);

  expect(code).toBe(1);
  expect(stderr).toContain(`On this line: --exclude '"weight, kg"'`);
});
