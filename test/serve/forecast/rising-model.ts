/** A published model that forecasts in a way that one can follow by head, with the series that it keeps. */
import { artifactKeys } from '../../../lib/contracts/keys.ts';
import type { SeriesSchema, StoredSeries } from '../../../lib/contracts/series-spec.ts';
import { sha256 } from '../../../lib/core/index.ts';
import { attr, createGraphBuilder, type OnnxModel } from '../../../lib/onnx/index.ts';
import { knownWidth } from '../../../lib/series/index.ts';
import type { ServeContext } from '../../../lib/serve/index.ts';
import { contextOf } from '../ask.ts';
import { bucketOf } from '../models.ts';

export const horizon = 3;

const usual: SeriesSchema = {
  ...{ time: 'day', target: 'sales', id: ['shop'], frequency: '1d', horizon, context: 3, season: 1 },
  ...{ quantiles: [0.1, 0.9], known: [], calendar: false, gaps: { fill: 'interpolate', limit: 6 } },
  ...{ format: '%Y-%m-%d', dates_only: true, zoned: false, count: 1, names: ['corner'] },
  ...{ newest: '2026-01-14T00:00:00', found: {} },
};

/** Adds one a step to the newest value, and 100 times the sum of the known inputs; quantiles lie one beside it. */
function risingByOne(width: number): OnnxModel {
  const builder = createGraphBuilder('rising');
  const history = builder.input('history', 'float32', ['N', 3]);
  const last = builder.op('Gather', [history, builder.integers([2])], { axis: attr.int(1) });
  let values = builder.op('Add', [last, builder.floats([1, 2, 3])]);
  if (width > 0) {
    const known = builder.input('known', 'float32', ['N', horizon, width]);
    const sums = builder.op('ReduceSum', [known, builder.integers([2])], { keepdims: attr.int(0) });
    values = builder.op('Add', [values, builder.op('Mul', [sums, builder.floats([100])])]);
  }
  const wide = builder.op('Unsqueeze', [values, builder.integers([1])]);
  builder.output('values', values, 'float32', ['N', horizon]);
  builder.output('quantiles', builder.op('Add', [wide, builder.floats([-1, 1], [2, 1])]), 'float32', [
    ...['N', 2],
    horizon,
  ]);
  return builder.model();
}

/** Shop "corner" has sold 8, 9 and 10 from 12 to 14 January 2026 where nothing else is said. */
export async function risingModel(
  schema: Partial<SeriesSchema> = {},
  corner: Partial<StoredSeries> = {},
): Promise<ServeContext> {
  const series = { ...usual, ...schema };
  const file = risingByOne(knownWidth(series.known));
  const artifacts = await bucketOf({ 'sales/1': { file, schema: { features: [], ignored: [], series } } });
  const stored = { start: '2026-01-12T00:00:00', values: [8, 9, 10], known: [], ahead: 0, ...corner };
  const bytes = new TextEncoder().encode(JSON.stringify({ series: { corner: stored } }));
  const history = { sha256: sha256(bytes), size_bytes: bytes.length, series: 1 };
  const key = artifactKeys.versionManifest('sales', '1');
  const manifest = JSON.parse(new TextDecoder().decode((await artifacts.get(key))!.body));
  await artifacts.put(key, JSON.stringify({ ...manifest, history }));
  await artifacts.put(artifactKeys.seriesHistory('sales', history.sha256), bytes);
  return { ...contextOf(artifacts), clock: { now: () => 0 } };
}
