import { afterAll, beforeAll, expect, test } from 'vitest';
import { examples } from '../../examples/index.ts';
import { createOnramp } from '../../examples/tools/onramp.ts';
import { misses } from '../../examples/tools/report.ts';
import { apiKey, type Loop, startLoop } from '../loop/support.ts';

const limitMs = 40 * 60_000;

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop?.remove());

const long = examples.filter(({ isLong }) => isLong);

test.each(long)('the example "$name" keeps what it promises', { timeout: limitMs }, async ({ run }) => {
  const environment = { ...process.env, ONRAMP_URL: loop.url, ONRAMP_API_KEY: apiKey };

  const figures = await run(createOnramp({ environment, show: () => {} }));

  expect(misses(figures)).toEqual([]);
});
