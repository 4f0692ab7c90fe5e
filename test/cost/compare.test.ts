import { describe, expect, test } from 'vitest';
import { compareServing, modelCost, type ServingChoices } from '../../lib/cost/index.ts';

const choices: ServingChoices = {
  region: 'us-east-1',
  architecture: 'arm64',
  memoryMb: 1024,
  calls: 1_000_000,
  coreMs: 10,
  bytesPerCall: 0,
  instances: 1,
};

describe('compareServing', () => {
  test('a million calls of 10 ms, computed by hand', () => {
    const { options, pricesAsOf } = compareServing(choices);

    // Both are billed 18 ms at 1 GB: 18,000 GB-seconds. API Gateway takes $3.50 of each.
    expect(options.map(({ kind, monthly, idle }) => [kind, monthly.toFixed(6), idle.toFixed(2)])).toEqual([
      ['lambda', (3.5 + 0.2 + 18_000 * 0.0000133334).toFixed(6), '0.00'],
      ['serverless', (3.5 + 18_000 * 0.00002).toFixed(6), '0.00'],
      ['real-time', (3.5 + 0.115 * 730).toFixed(6), '83.95'],
    ]);
    expect(options.map(({ size }) => size)).toEqual([
      '1024 MB, arm64, 18 ms billed',
      '1024 MB, 18 ms billed',
      '1 x ml.m5.large',
    ]);
    expect(
      options.every(
        ({ lines, monthly }) => Math.abs(lines.reduce((sum, line) => sum + line.monthly, 0) - monthly) < 1e-9,
      ),
    ).toBe(true);
    expect(pricesAsOf).toMatch(/^2026-/);
  });

  test('the crossings of a million calls of 10 ms, computed by hand', () => {
    const { crossings } = compareServing(choices);

    // Lambda 0.2 + 0.2400012 = 0.4400012 and serverless 0.36 dollars a million; the instance 83.95 a month, and it
    // could answer 2 x 0.5 x 730 x 3600 / 0.01 = 262.8 million calls.
    expect(crossings).toEqual([
      { cheaper: 'serverless', than: 'lambda', calls: 1 },
      { cheaper: 'real-time', than: 'lambda', calls: Math.floor(83.95 / 0.4400012e-6) + 1 },
      { cheaper: 'lambda', than: 'serverless', calls: null },
      { cheaper: 'real-time', than: 'serverless', calls: Math.floor(83.95 / 0.36e-6) + 1 },
    ]);
  });

  test('instances are added where one cannot answer all calls in half of its time', () => {
    const { options } = compareServing({ ...choices, calls: 262_800_001 });

    expect(options[2]).toMatchObject({ size: '2 x ml.m5.large', idle: 0.115 * 730 });
  });

  test('bytes are charged by SageMaker in GB of both directions', () => {
    const { options } = compareServing({ ...choices, bytesPerCall: 1024 ** 2 / 2, calls: 2048 });

    const data = options.map(({ lines }) => lines.find(({ name }) => name === 'endpoint data')?.monthly);
    expect(data).toEqual([undefined, 0.016, 0.016]);
  });

  test('what has no confirmed price is left out, and said', () => {
    const frankfurt = compareServing({ ...choices, region: 'eu-central-1' });
    const ireland = compareServing({ ...choices, region: 'eu-west-1' });
    const large = compareServing({ ...choices, memoryMb: 8192 });

    expect(frankfurt.options.map(({ kind }) => kind)).toEqual(['lambda']);
    expect(frankfurt.remarks).toEqual([
      'No price of a serverless endpoint in eu-central-1 could be confirmed.',
      'No price of a real-time endpoint in eu-central-1 could be confirmed.',
      expect.stringMatching(/^Not confirmed by AWS's list: /),
    ]);
    expect(ireland.options.map(({ size }) => size).at(-1)).toBe('1 x ml.m5.xlarge');
    expect(large.remarks[0]).toBe('A serverless endpoint has at most 6144 MB, less than 8192 MB.');
  });

  test.each([
    ['calls', { calls: -1 }],
    ['calls', { calls: Number.NaN }],
    ['memory', { memoryMb: 64 }],
    ['ms', { coreMs: 1e9 }],
    ['bytes', { bytesPerCall: 1e9 }],
    ['instances', { instances: 0 }],
    ['region', { region: 'mars-north-1' }],
    ['instance', { instance: 'ml.z1.small' }],
  ])('bad call: "%s" in %o is named', (param, change) => {
    expect(() => compareServing({ ...choices, ...change })).toThrow(
      expect.objectContaining({ kind: 'invalid_request', param }),
    );
  });
});

describe('modelCost', () => {
  const measure = { ms_per_call: 20, rows_per_second: 1000, measured_on: { processors: 0.5 } };

  test('scales the time from half a processor where it was measured to the share at the deployed size', () => {
    const cost = modelCost(measure, { region: 'us-east-1', architecture: 'arm64', memoryMb: 1024 });

    // 20 ms of half a processor are 10 ms of a whole one, and 17.3 ms of the share at 1024 MB.
    expect(cost).toEqual({
      currency: 'USD',
      per_call: 3.9400012e-6,
      per_million: 3.9400012,
      breakdown: { api_gateway: 3.5e-6, lambda_requests: 2e-7, lambda_duration: 2.400012e-7 },
      assumptions: {
        ...{ region: 'us-east-1', architecture: 'arm64', memory_mb: 1024 },
        ...{ rows: 1, billed_ms: 18, prices_as_of: '2026-09-28' },
      },
    });
  });

  test('takes the prices of us-east-1 for a region that is not in the table, and says so', () => {
    const cost = modelCost(measure, { region: 'ap-south-2', architecture: 'x64', memoryMb: 1769 });

    expect(cost.assumptions.region).toBe('us-east-1');
    expect(cost.assumptions.billed_ms).toBe(10);
  });
});
