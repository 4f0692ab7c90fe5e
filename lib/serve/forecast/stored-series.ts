/** The newest values that a version keeps of its series: what a forecast starts from when a request sends none. */
import { artifactKeys } from '../../contracts/keys.ts';
import type { StoredSeries } from '../../contracts/series-spec.ts';
import { internal, invalidInput, isRecord } from '../../core/index.ts';
import { seriesName as joinedName } from '../../series/index.ts';
import type { ObjectStore } from '../../storage/index.ts';
import type { ForecastModel, Releasable } from '../version-cache.ts';

/** Series by name. */
interface StoredHistory extends Releasable {
  readonly series: Readonly<Record<string, StoredSeries>>;
}

/** The name under which the model keeps them once they are loaded. */
const extra = 'history';

/** The stored series of a name; `null` if the version knows none of that name. */
export async function findStored(
  artifacts: ObjectStore,
  model: ForecastModel,
  name: string,
): Promise<StoredSeries | null> {
  let loading = model.extras.get(extra) as Promise<StoredHistory> | undefined;
  if (!loading) {
    loading = loadHistory(artifacts, model);
    model.extras.set(extra, loading);
    // A failure is not kept: the next one who asks tries again.
    loading.catch(() => model.extras.delete(extra));
  }
  const { series } = await loading;
  return Object.hasOwn(series, name) ? series[name]! : null;
}

async function loadHistory(artifacts: ObjectStore, { manifest }: ForecastModel): Promise<StoredHistory> {
  const { model, history } = manifest;
  const found = history && (await artifacts.get(artifactKeys.seriesHistory(model, history.sha256)));
  if (!found) {
    throw internal(`The newest values of model "${model}" are missing.`, { code: 'history_missing' });
  }
  const { series } = JSON.parse(new TextDecoder().decode(found.body)) as Pick<StoredHistory, 'series'>;
  return { series, release: async () => {} };
}

/**
 * The name of the series that a request is about.
 *
 * @param asked a name, a list of the values of the id columns, or an object with them; nothing for the only series
 * @throws invalid_request `series_needed` or `invalid_field`
 */
export function seriesName({ manifest, series }: ForecastModel, asked: unknown): string | null {
  const { id, count, names } = series;
  if (asked === undefined || asked === null) return id.length === 0 || count === 1 ? (names[0] ?? '') : null;
  const parts = isRecord(asked) ? id.map((column) => asked[column]) : Array.isArray(asked) ? asked : [asked];
  const isText = parts.every(
    (part): part is string | number => typeof part === 'string' || typeof part === 'number',
  );
  const isName = !Array.isArray(asked) && !isRecord(asked);
  if (isText && id.length > 0) {
    if (isName) return String(asked);
    if (parts.length === id.length) return joinedName(parts);
  }
  if (id.length === 0) {
    throw invalidInput(`Model "${manifest.model}" has one series without a name; leave "series" out.`, {
      code: 'invalid_field',
      param: 'series',
    });
  }
  throw invalidInput(
    `"series" must name one series by ${id.map((column) => `"${column}"`).join(' and ')}, for example ${JSON.stringify(names[0])}.`,
    { code: 'invalid_field', param: 'series' },
  );
}

/** The refusal of a request that says neither which series nor what its values are. */
export const seriesNeeded = ({ series }: ForecastModel, name: string | null): Error => {
  const listed = series.names
    .slice(0, 10)
    .map((one) => `"${one}"`)
    .join(', ');
  const known = series.count > 10 ? `${listed}, ...` : listed;
  const which =
    name === null
      ? `Say which of the ${series.count} series is meant`
      : `Series "${name}" was not in the data that this version has learnt from; send its "history", or name one that was`;
  return invalidInput(`${which}: ${known}.`, {
    code: name === null ? 'series_needed' : 'unknown_series',
    param: 'series',
  });
};
