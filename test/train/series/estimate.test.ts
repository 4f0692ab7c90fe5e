import { describe, expect, it } from 'vitest';
import type { ForecastSpec } from '../../../lib/contracts/model-spec.ts';
import { estimateForecast } from '../../../lib/train/index.ts';

const spec: ForecastSpec = {
  ...{ dataset: 'd', target: 'y' },
  series: { time: 't', horizon: 24, frequency: '1h', season: 24 },
};
const rows = 4_000;
const megabyte = 1_048_576;

describe('what a forecast is expected to need', () => {
  /** Microseconds a window and epoch, and memory in MB, as measured on one x86-64 server processor. */
  it.each([
    ['recurrent', {}, 245, 250],
    ['recurrent', { units: [16] }, 66, 208],
    ['recurrent', { units: [64, 64] }, 603, 305],
    ['recurrent', { window: 168 }, 776, 395],
    ['attention', {}, 114, 224],
    ['attention', { width: 64, blocks: 2 }, 535, 315],
  ] as const)('is what was measured, within a half: %s %j', (learner, settings, micros, memoryMb) => {
    const parameters = { ...settings, epochs: 30 };

    const { processorSeconds, memoryBytes } = estimateForecast({ ...spec, learner, parameters }, rows);

    const measured = (4 * 30 * rows * micros) / 1e6;
    expect(processorSeconds / measured).toBeGreaterThan(0.66);
    expect(processorSeconds / measured).toBeLessThan(1.5);
    expect(memoryBytes / megabyte).toBeGreaterThan(memoryMb);
    expect(memoryBytes / megabyte).toBeLessThan(1.8 * memoryMb);
  });

  it('adds up what the learners take that are compared', () => {
    const names = ['seasonal_naive', 'exponential_smoothing', 'autoregression', 'boosting'] as const;

    const all = estimateForecast(spec, rows).processorSeconds;

    const each = names.map((learner) => estimateForecast({ ...spec, learner }, rows).processorSeconds);
    const reading = 3 * 5e-6 * rows;
    expect(all).toBeCloseTo(each.reduce((sum, one) => sum + one, 0) - reading, 6);
    expect(all).toBeLessThan(30);
  });

  it('hardly grows once there are more windows than are learnt from', () => {
    const at = (count: number) => estimateForecast({ ...spec, learner: 'recurrent' }, count);

    expect(at(2_000).processorSeconds).toBeLessThan(0.6 * at(4_000).processorSeconds);
    expect(at(400_000).processorSeconds).toBeLessThan(1.1 * at(4_000).processorSeconds);
  });

  it('knows what keeps how far it is, and what would begin anew', () => {
    const network = estimateForecast({ ...spec, learner: 'recurrent' }, rows);
    const trees = estimateForecast({ ...spec, learner: 'forest' }, rows);

    expect(network.longestPartSeconds).toBeLessThan(1);
    expect(trees.longestPartSeconds).toBe(trees.processorSeconds);
  });
});
