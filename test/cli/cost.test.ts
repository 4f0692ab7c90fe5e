import { describe, expect, test } from 'vitest';
import { modelSpec } from '../../lib/contracts/index.ts';
import { run, startService } from './fake-service.ts';

/** A service that has the model, whose version takes 10 ms a call and a row more in 0.05 ms. */
async function prepare() {
  const service = await startService();
  service.specs.set('heart', modelSpec.parse({ dataset: 'heart', target: 'disease' }));
  return service;
}

test('cost compares a model’s calls by what was measured of its version', async () => {
  const { url } = await prepare();

  const { code, stdout } = await run(['cost', 'heart', '--url', url]);

  // 18 ms billed: 3.5 + 0.2 + 0.2400012 on Lambda; 0.36 and 2 kB a call on a serverless endpoint.
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^Version 1 of "heart": 10 ms a call for one row \(median of 200\), 20000 rows a second/,
  );
  expect(stdout).toMatch(/^Lambda +1024 MB, arm64, 18 ms billed +3\.94 +3\.94 +0\.00$/m);
  expect(stdout).toMatch(/^serverless endpoint +1024 MB, 18 ms billed +3\.89 +3\.89 +0\.00$/m);
  expect(stdout).toMatch(/^real-time endpoint +1 x ml\.m5\.large +87\.48 +87\.48 +83\.95$/m);
  expect(stdout).toMatch(/real-time endpoint costs less than Lambda: from 204,656,826 calls a month on/);
  expect(stdout).toMatch(
    /Prices as of 2026-\d\d-\d\d; API Gateway is in front of each\. Not confirmed by AWS's list: /,
  );
});

test('cost counts the rows of a call, the calls of the month and the size of the function', async () => {
  const { url } = await prepare();
  const line = 'cost heart --rows 101 --calls 2000000 --memory 1769 --architecture x64 --bytes 0 --json';

  const { stdout } = await run([...line.split(' '), '--url', url]);

  const answer = JSON.parse(stdout);
  expect(answer.coreMs).toBe(15);
  expect(answer.options[0].size).toBe('1769 MB, x64, 15 ms billed');
  expect(answer.options[0].monthly).toBeCloseTo(7 + 0.4 + 2e6 * (1769 / 1024) * 0.015 * 0.0000166667, 9);
});

test('cost needs no service where the time is given', async () => {
  const { code, stdout } = await run(['cost', '--ms', '2.5', '--calls', '0', '--url', 'http://127.0.0.1:1']);

  expect(code).toBe(0);
  expect(stdout).toMatch(/^A call takes one processor 2\.5 ms, as given\./);
  expect(stdout).toMatch(/^Lambda .* 0\.00 +0\.00 +0\.00$/m);
});

describe('models behind endpoints', () => {
  const spec = modelSpec.parse({ dataset: 'heart', target: 'disease' });

  /** A service that has one model of each kind of endpoint, and one without. */
  async function prepareEndpoints() {
    const service = await prepare();
    for (const model of ['assistant', 'sentiment', 'pictures']) service.specs.set(model, spec);
    service.endpoints
      .set('assistant', { kind: 'real-time', speaks: 'openai', usd_per_hour: 1.408 })
      .set('sentiment', { kind: 'serverless', speaks: 'huggingface' })
      .set('pictures', { kind: 'async', speaks: 'raw' });
    return service;
  }

  test('cost by the hour and the month, and what nobody knows is called so', async () => {
    const { url } = await prepareEndpoints();

    const { code, stdout } = await run(['cost', '--endpoints', '--url', url]);

    expect(code).toBe(0);
    expect(stdout).toMatch(/^assistant +real-time +1\.41 +1027\.84$/m);
    expect(stdout).toMatch(/^sentiment +serverless +by the request +by the request$/m);
    expect(stdout).toMatch(/^pictures +async +unknown +unknown$/m);
    expect(stdout).toMatch(/say it as "usdPerHour"/);
    expect(stdout).not.toMatch(/heart/);
  });

  test('cost by the token, at the speed that was measured', async () => {
    const { url } = await prepareEndpoints();
    const line = 'cost assistant --tokens-per-second 400 --json';

    const { stdout } = await run([...line.split(' '), '--url', url]);

    // 1.44 million tokens an hour.
    expect(JSON.parse(stdout).endpoints).toEqual([
      {
        ...{ model: 'assistant', kind: 'real-time', perHour: 1.408 },
        perMonth: expect.closeTo(1027.84, 9),
        perMillionTokens: expect.closeTo(1.408 / 1.44, 12),
      },
    ]);
  });

  test('bad call: costs of endpoints where there is none', async () => {
    const { url } = await prepare();

    const { code, stderr } = await run(['cost', '--endpoints', '--url', url]);

    expect(code).toBe(1);
    expect(stderr).toMatch('No model here answers behind an endpoint.');
  });

  test('bad call: a speed of nothing', async () => {
    const { url } = await prepareEndpoints();

    const { code, stderr } = await run(['cost', 'assistant', '--tokens-per-second', '0', '--url', url]);

    expect(code).toBe(2);
    expect(stderr).toMatch('--tokens-per-second must be above 0.');
  });
});

describe('what cannot be compared', () => {
  test.each([
    ['cost', 2, 'Name a model, or say with --ms how long a call takes.'],
    ['cost --ms fast', 2, '--ms is "fast"; give a number.'],
    ['cost --ms 1 --calls 1e6', 2, '--calls is "1e6"; give a whole number.'],
    ['cost --ms 1 --rows 0', 2, '--rows must be a whole number from 1 to 10000.'],
    ['cost --ms 1 --architecture riscv', 2, '--architecture is "riscv"; give arm64 or x64.'],
    ['cost --ms 1 --region mars-north-1', 1, 'There are no prices of the region "mars-north-1"'],
    [
      'cost --ms 1 --instance ml.z9.huge',
      1,
      'There is no price of "ml.z9.huge" in us-east-1; the table has ml.t2.medium',
    ],
    ['cost --ms 1 --memory 64', 1, '"memory" is 64; it must be a number from 128 to 10240.'],
  ])('bad call: %s', async (line, exitCode, message) => {
    const { code, stdout, stderr } = await run([...line.split(' '), '--url', 'http://127.0.0.1:1']);

    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([exitCode, '']);
  });

  test('bad call: a model that is not there', async () => {
    const { url } = await prepare();

    const { code, stderr } = await run(['cost', 'nobody', '--url', url]);

    expect(code).toBe(1);
    expect(stderr).toContain('nobody');
  });
});
