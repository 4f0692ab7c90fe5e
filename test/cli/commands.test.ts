import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { commands } from '../../cli/commands/index.ts';
import { modelSpec } from '../../lib/contracts/index.ts';
import { run, startService } from './fake-service.ts';

/** A service that has the model. */
async function prepare() {
  const service = await startService();
  service.specs.set('heart', modelSpec.parse({ dataset: 'heart', target: 'disease' }));
  return service;
}

test('models lists every model with its metric and interval', async () => {
  const { url } = await prepare();

  const { code, stdout } = await run(['models', '--url', url]);

  expect(code).toBe(0);
  expect(stdout).toMatch(
    /heart +classification +disease +linear +1 +auc +0\.9123 \(0\.88 to 0\.94\) +0\.5 +303/,
  );
});

test('model shows what a model takes and answers', async () => {
  const { url } = await prepare();

  const { stdout } = await run(['model', 'heart', '--url', url]);

  expect(stdout).toMatch(/age +numeric +0 % +29 to 77/);
  expect(stdout).toMatch(/sex +category +10 % +F, it's M/);
  expect(stdout).toContain('answers no, yes');
});

test('model shows what stands behind an endpoint', async () => {
  const service = await prepare();
  service.endpoints.set('heart', { kind: 'real-time', speaks: 'raw', usd_per_hour: 1.5 });

  const { stdout } = await run(['model', 'heart', '--url', service.url]);

  expect(stdout).toBe(
    'heart: behind a SageMaker endpoint (real-time), whose container speaks raw\n' +
      'an instance costs 1.5 $ an hour: onramp cost heart\n',
  );
});

test.each(['models', 'model heart', 'runs heart', 'evaluations heart'])(
  '%s --json is one JSON document on stdout',
  async (line) => {
    const { url } = await prepare();

    const { code, stdout, stderr } = await run([...line.split(' '), '--json', '--url', url]);

    expect(code).toBe(0);
    expect(() => JSON.parse(stdout)).not.toThrow();
    expect(stderr).toBe('');
  },
);

test('retrain follows the run that it started', async () => {
  const service = await prepare();

  const { code, stdout } = await run(['retrain', 'heart', '--url', service.url]);

  expect(code).toBe(0);
  expect(service.runs).toHaveLength(1);
  expect(stdout).toContain('Version 1 is live.');
});

test('push, retrain and runs tell where a run was trained, and why', async () => {
  const service = await prepare();
  const reason = 'It is expected to need 41 min and 6.3 GB; the function has only 15 min and 3.0 GB.';
  const placement = { on: 'job', reason, estimate: { seconds: 2460, memory_bytes: 6_764_573_491 } } as const;
  service.script = [
    { state: 'succeeded', progress: 1, message: 'Version 1 is live.', version: '1', placement },
  ];

  const retrained = await run(['retrain', 'heart', '--url', service.url]);
  const listed = await run(['runs', 'heart', '--url', service.url]);

  expect(retrained.stdout).toContain(`Trained in a training job. ${reason}`);
  expect(listed.stdout).toMatch(/trained in .*\n.*succeeded +1 +job /);
  expect(listed.stdout).toContain(`run-1: Trained in a training job. ${reason}`);
});

test('logs tells of runs in the order of time', async () => {
  const service = await prepare();
  await run(['retrain', 'heart', '--url', service.url]);
  Object.assign(service.runs[0]!, {
    started: '2026-01-05T10:00:01.000Z',
    ended: '2026-01-05T10:00:09.000Z',
  });

  const { stdout } = await run(['logs', 'heart', '--url', service.url]);

  expect(stdout.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^2026-01-05T10:00:00.000Z +run +run-1 +queued for "heart.csv"$/),
    expect.stringMatching(/^2026-01-05T10:00:01.000Z +run +run-1 +started$/),
    expect.stringMatching(/^2026-01-05T10:00:09.000Z +run +run-1 +succeeded: Version 1 is live.$/),
  ]);
});

test('expected failure: a service that does not answer is exit code 3 and says how to start it', async () => {
  const { code, stdout, stderr } = await run(['models', '--url', 'http://127.0.0.1:1']);

  expect(code).toBe(3);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/does not answer .* Start the service with "npm start"/);
});

test('expected failure: a wrong key is exit code 1 and says how to give one', async () => {
  const { url } = await prepare();

  const { code, stderr } = await run(['models', '--url', url, '--key', 'wrong']);

  expect(code).toBe(1);
  expect(stderr).toContain('--key or ONRAMP_API_KEY');
});

test('expected failure: an address that is not Onramp is said to be none', async () => {
  const { url } = await prepare();

  const { code, stderr } = await run(['model', 'heart/../..', '--url', `${url}/nowhere`]);

  expect(code).toBe(1);
  expect(stderr).toMatch(/^onramp: .*\n$/);
});

const wrong: readonly [readonly string[], RegExp][] = [
  [['modles'], /did you mean "models"\?/],
  [['--json', 'models'], /the command comes first/],
  [['model'], /MODEL is missing: onramp model MODEL/],
  [['model', 'a', 'b'], /"b" is one argument too many/],
  [['models', '--url', 'nonsense'], /--url is "nonsense"/],
  [['models', '--url', 'https://api.example.org'], /needs an API key/],
];

test.each(wrong)('bad call: onramp %j is exit code 2 with the fix', async (args, message) => {
  const { code, stdout, stderr } = await run(args);

  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(message);
});

test.each(commands.map(({ name }) => name))(
  '%s --help teaches by an example and lists its options',
  async (name) => {
    const command = commands.find((one) => one.name === name)!;

    const { code, stdout } = await run([name, '--help']);

    expect(code).toBe(0);
    expect(command.examples.length).toBeGreaterThan(0);
    for (const example of command.examples) expect(stdout).toContain(example);
    for (const option of Object.keys(command.options)) expect(stdout).toContain(`--${option}`);
  },
);

test('the help names every command', async () => {
  const { stdout } = await run([]);

  for (const { name } of commands) expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
});

test('the launcher keeps the exit code and leaves stdout alone', () => {
  const launcher = fileURLToPath(new URL('../../cli/bin/onramp.mjs', import.meta.url));

  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, 'nonsense'], {
    encoding: 'utf8',
  });

  expect(status).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain('there is no command "nonsense"');
});
