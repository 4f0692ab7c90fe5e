import { expect, test } from 'vitest';
import type { ForecastSpec } from '../../lib/contracts/index.ts';
import { sha256 } from '../../lib/core/index.ts';
import { evaluateNoticed, trainNoticed } from '../../lib/pipeline/index.ts';
import { findTrainedVersion, listRuns, putSpec } from '../../lib/registry/index.ts';
import { createWorld, ingest, liveVersion, type World } from './support.ts';

const spec: ForecastSpec = {
  dataset: 'sales',
  target: 'sales',
  learner: 'autoregression',
  series: { time: 'day', horizon: 7, known: ['offer'] },
};

/** Sales with a pattern of a week, more where there is an offer. */
function salesCsv(days: number, offerOf: (day: number) => keyof typeof effects): string {
  let state = 7;
  const rows = Array.from({ length: days }, (_, day) => {
    state = (state * 16_807) % 2_147_483_647;
    const sales =
      100 + 20 * Math.sin((2 * Math.PI * day) / 7) + effects[offerOf(day)] + 5 * (state / 2_147_483_647);
    const stamp = new Date(Date.UTC(2025, 0, 6 + day)).toISOString().slice(0, 10);
    return `${stamp},${offerOf(day)},${sales.toFixed(3)}`;
  });
  return ['day,offer,sales', ...rows].join('\n');
}
const effects = { no: 0, sale: 60, party: 90 };
const usual = (day: number) => (day % 11 < 3 ? 'sale' : 'no');
/** From some day on there are parties, of which an older version knows nothing. */
const later = (day: number) => (day > 300 && day % 11 === 5 ? 'party' : usual(day));

async function circle(world: World, csv: string, version: string): Promise<void> {
  world.advance(60_000);
  await ingest(world, csv, { dataset: 'sales', file: 'sales.csv' });
  const notice = { kind: 'dataset-ready', dataset: 'sales', digest: sha256(csv) } as const;
  await trainNoticed(world, notice, { messageId: version, receiveCount: 1 });
  await evaluateNoticed(world, { kind: 'version', model: 'sales', version });
}

test('a version is compared with one that knows fewer categories, and that one is watched on', async () => {
  const world = createWorld();
  await putSpec(world, 'sales', spec);
  await circle(world, salesCsv(300, usual), '1');

  const newer = salesCsv(400, later);
  await ingest(world, newer, { dataset: 'sales', file: 'sales.csv' });
  await evaluateNoticed(world, { kind: 'schedule', model: 'sales', id: '2026-03-02T00:00:00Z' });
  await circle(world, newer, '2');

  const [run] = (await listRuns(world, 'sales', { limit: 1 })).items;
  const report = await world.artifacts.get('models/sales/evaluations/2026-03-02T00:00:00Z.json');
  const { version, metrics } = JSON.parse(new TextDecoder().decode(report!.body));
  const second = (await findTrainedVersion(world, 'sales', '2'))!;
  expect(second.schema.series!.known[0]!.categories).toEqual(['no', 'party', 'sale']);
  expect(version).toBe('1');
  // Parties are missed, and nothing else: a tenth of the days by 90 at most.
  expect(metrics.mae.value).toBeLessThan(metrics.mae.baseline);
  expect(run!.message).toMatch(/It does not lose to version 1 on the same held-out rows \(mae -/);
  expect(await liveVersion(world, 'sales')).toBe('2');
});
