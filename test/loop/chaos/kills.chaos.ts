import { expect, onTestFinished, test } from 'vitest';
import { createRandom } from '../../../lib/core/index.ts';
import { killAndCheck, type Phase, phases } from '../kill-rounds.ts';
import { startLoop } from '../support.ts';

/** Another seed gives other moments; a failure names the one it had. */
const seed = Number(process.env.ONRAMP_CHAOS_SEED ?? 1);

/** Each phase equally often, in an order of the seed's. */
function shuffledPhases(times: number): readonly Phase[] {
  const random = createRandom(seed);
  const order = Array.from({ length: times }, () => phases).flat();
  return order
    .map((phase) => ({ phase, place: random.uniform() }))
    .sort((left, right) => left.place - right.place)
    .map(({ phase }) => phase);
}

test(`twenty times kill -9 at moments of seed ${seed} lose nothing and leave nothing half done`, async () => {
  const loop = await startLoop();
  onTestFinished(() => loop.remove());

  const report = await killAndCheck(loop, { order: shuffledPhases(4), seed });

  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  expect(report.kills).toHaveLength(20);
  expect(report.acknowledged).toBeGreaterThan(60);
  expect(report.versions).toBeGreaterThan(1);
});
