import { expect, test } from 'vitest';
import { logMessages } from '../../lib/contracts/log-messages.ts';
import { silentLogger } from '../../lib/core/index.ts';
import { evaluateNoticed } from '../../lib/pipeline/index.ts';
import { setLive } from '../../lib/registry/index.ts';
import { createWorld, heartCsv, linearSpec, register, upload } from './support.ts';

/** The warnings of an evaluation by schedule, after version 1 went live and these data came. */
async function warningsAfter(newest: string): Promise<readonly [string, Record<string, unknown>][]> {
  const warnings: [string, Record<string, unknown>][] = [];
  const world = createWorld();
  await register(world, { ...linearSpec, gate: { promote: 'manual' } });
  await upload(world, heartCsv(300));
  await setLive(world, 'heart', { version: '1', reason: 'by hand', expectedLive: null });
  await upload(world, newest);
  const logger = { ...silentLogger, warn: (text: string, data = {}) => void warnings.push([text, data]) };
  await evaluateNoticed(
    { ...world, logger },
    { kind: 'schedule', model: 'heart', id: '2026-03-02-schedule' },
  );
  return warnings;
}

const inverted = (csv: string): string =>
  csv.replaceAll(/,(yes|no)$/gm, (_, label) => (label === 'yes' ? ',no' : ',yes'));

test('a live version that does worse on the newest data is told in the line that alarms are made of', async () => {
  const warnings = await warningsAfter(inverted(heartCsv(300)));

  expect(warnings).toEqual([
    [
      logMessages.scoreFallen,
      {
        model: 'heart',
        version: '1',
        metric: 'auc',
        score: expect.any(Number),
        trained_score: expect.any(Number),
      },
    ],
  ]);
  const [[, { score, trained_score: trained }]] = warnings as [[string, Record<string, number>]];
  expect(trained! - score!).toBeGreaterThan(0.5);
});

test('more data of the same kind are no fall', async () => {
  const warnings = await warningsAfter(heartCsv(320));

  expect(warnings).toEqual([]);
});

test('a column that is gone is told in the line that alarms are made of', async () => {
  const warnings = await warningsAfter(heartCsv(300).replaceAll(/^([^,]*),([^,]*),[^,]*,/gm, '$1,$2,'));

  expect(warnings).toMatchObject([
    [logMessages.dataDrifted, { model: 'heart', version: '1', column: 'weight' }],
  ]);
});
