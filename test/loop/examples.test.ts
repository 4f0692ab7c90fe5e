import { afterAll, beforeAll, expect, test } from 'vitest';
import { examples } from '../../examples/index.ts';
import { createOnramp } from '../../examples/tools/onramp.ts';
import { misses } from '../../examples/tools/report.ts';
import { apiKey, type Loop, startLoop } from './support.ts';

const limitMs = 180_000;

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop?.remove());

const quick = examples.filter(({ isLong }) => !isLong);

test.each(quick)('the example "$name" keeps what it promises', { timeout: limitMs }, async ({ run }) => {
  const environment = { ...process.env, ONRAMP_URL: loop.url, ONRAMP_API_KEY: apiKey };
  const commands: string[] = [];

  const figures = await run(createOnramp({ environment, show: (line) => commands.push(line) }));

  expect(misses(figures)).toEqual([]);
  expect(figures.some(({ atLeast, atMost }) => (atLeast ?? atMost) !== undefined)).toBe(true);
  expect(commands[0]).toMatch(
    /^\$ npx onramp push examples\/data\/\S+ --model \S+ --spec examples\/\S+\.json$/,
  );
});
