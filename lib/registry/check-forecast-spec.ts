/** What can be known to be wrong with a spec of a forecast before any training. */
import type { DatasetManifest, ForecastSpec, MetricName } from '../contracts/index.ts';
import { notTimes } from '../contracts/series-spec.ts';
import { invalidInput, type OnrampError } from '../core/index.ts';
import { requireColumn } from './require-column.ts';

const forecastMetrics: readonly MetricName[] = ['mae', 'rmse', 'mape', 'smape', 'mase', 'pinball'];

/**
 * Checks a spec, against the columns of its data set too if there is a version that could be read.
 *
 * @throws invalid_request with `param` naming the field of the spec
 */
export function checkForecastSpec(spec: ForecastSpec, dataset: DatasetManifest | null): void {
  requireMetric('metric', spec.metric);
  requireMetric('gate.metric', spec.gate?.metric);
  for (const [name, roles] of rolesOfColumns(spec)) {
    if (roles.length < 2) continue;
    throw fault(roles[1]!, `The column "${name}" is both "${roles[0]}" and "${roles[1]}"; it can be one.`);
  }
  if (dataset?.state === 'ready') checkColumns(spec, dataset);
}

function requireMetric(param: string, metric: MetricName | undefined): void {
  if (metric === undefined || forecastMetrics.includes(metric)) return;
  throw fault(param, `Forecasts are judged by ${forecastMetrics.join(', ')}, not by "${metric}".`);
}

/** For what the spec takes each column that it names. */
function rolesOfColumns({ target, series }: ForecastSpec): ReadonlyMap<string, readonly string[]> {
  const roles = new Map<string, string[]>();
  const add = (name: string, role: string) => roles.set(name, [...(roles.get(name) ?? []), role]);
  add(target, 'target');
  add(series.time, 'series.time');
  for (const [index, name] of (series.id ?? []).entries()) add(name, `series.id[${index}]`);
  for (const [index, name] of (series.known ?? []).entries()) add(name, `series.known[${index}]`);
  return roles;
}

function checkColumns(spec: ForecastSpec, dataset: DatasetManifest): void {
  for (const [name, [role]] of rolesOfColumns(spec)) requireColumn(dataset, role!, name);
  const imposed = new Map(Object.entries(spec.features?.types ?? {}));
  const typeOf = (name: string) =>
    imposed.get(name) ?? dataset.columns.find((one) => one.name === name)?.type;
  const { target, series } = spec;
  if (typeOf(series.time) !== 'datetime') {
    throw fault('series.time', notTimes(series.time, typeOf(series.time)));
  }
  const type = typeOf(target);
  if (type !== 'numeric' && type !== 'identifier' && type !== 'constant' && type !== 'boolean') {
    throw fault(
      'target',
      `"${target}" holds ${type} values; a forecast needs numbers, so choose a numeric target.`,
    );
  }
}

const fault = (param: string, message: string): OnrampError =>
  invalidInput(message, { code: 'invalid_spec', param });
