/** A request to start from: a typical row of the training data, and the line that sends it. */
import type { ColumnProfile, DatasetProfile } from '../contracts/profile.ts';
import type { FeatureSchema, ModelSchema } from '../contracts/records.ts';
import type { SeriesSchema } from '../contracts/series-spec.ts';

/** A row as a prediction request carries it. */
export type ExampleRow = Readonly<Record<string, string | number | null>>;

/**
 * A row of typical values: medians and most frequent categories if the data set's profile is at hand, otherwise the
 * middle of the range and the first category. Every value lies in the range of the training data.
 */
export function exampleRow({ features }: ModelSchema, profile: DatasetProfile | null = null): ExampleRow {
  const columns = new Map(profile?.columns.map((column) => [column.name, column]));
  return Object.fromEntries(
    features.map((feature) => [feature.name, typicalValue(feature, columns.get(feature.name))]),
  );
}

/** What a `curl` line is about. */
export interface CurlOptions {
  readonly model: string;
  /** A version to ask instead of the live one. */
  readonly version?: string;
  /** The key itself, or the environment variable that holds it. */
  readonly apiKey: string | { readonly variable: string };
  readonly row: ExampleRow;
}

/** The `curl` line that asks a model about a row; it works when pasted into a POSIX shell. */
export function curlLine(url: string, { model, version, apiKey, row }: CurlOptions): string {
  const query = version === undefined ? '' : `?version=${version}`;
  return [
    `curl ${quote(`${url}/v1/models/${model}/predict${query}`)}`,
    keyOption(apiKey),
    `-H ${quote('content-type: application/json')}`,
    `-d ${quote(JSON.stringify({ instances: [row] }))}`,
  ].join(' ');
}

/** The `curl` line that asks for a forecast from the newest values that a model keeps; of one step, where inputs must be told. */
export function forecastCurlLine(
  url: string,
  { model, version, apiKey, series }: Omit<CurlOptions, 'row'> & { readonly series: SeriesSchema },
): string {
  const query = version === undefined ? '' : `?version=${version}`;
  const body = {
    ...(series.id.length > 0 && { series: series.names[0] }),
    ...(series.known.length > 0 && { horizon: 1, future: [typicalInputs(series)] }),
  };
  return [
    `curl ${quote(`${url}/v1/models/${model}/forecast${query}`)}`,
    keyOption(apiKey),
    `-H ${quote('content-type: application/json')}`,
    `-d ${quote(JSON.stringify(body))}`,
  ].join(' ');
}

/** Known inputs of one step; the row of the first one needs no time. */
const typicalInputs = ({ known }: SeriesSchema): ExampleRow =>
  Object.fromEntries(
    known.map(({ name, categories, range }) => [name, categories?.[0] ?? range?.[0] ?? null]),
  );

/** The option of `curl` that sends the key. */
export const keyOption = (apiKey: CurlOptions['apiKey']): string =>
  `-H ${typeof apiKey === 'string' ? quote(`x-api-key: ${apiKey}`) : `"x-api-key: $${apiKey.variable}"`}`;

/** One word for a POSIX shell, whatever is in it. */
export const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** A PNG of one pixel: the shortest picture, to be replaced by another. */
const greyPixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQI12NoaGgAAAMEAYGa8M1PAAAAAElFTkSuQmCC';

function typicalValue(feature: FeatureSchema, column: ColumnProfile | undefined): string | number | null {
  const { range, categories } = feature;
  if (feature.type === 'datetime')
    return range === undefined ? null : String(range[1]).replace('T00:00:00', '');
  if (feature.type === 'image') return greyPixel;
  if (feature.type === 'text') return 'A text to judge';
  if (feature.type === 'numeric') return typicalNumber(feature, column?.numeric?.quantiles['0.5']);
  const frequent = column?.categories?.find(({ value }) => categories?.includes(value) ?? true)?.value;
  return frequent ?? categories?.[0] ?? null;
}

function typicalNumber({ range, typical }: FeatureSchema, median: number | undefined): number | null {
  const [low, high] = (typical ?? range ?? []).map(Number);
  if (low === undefined || high === undefined) return median ?? null;
  const [least, most] = (range ?? typical ?? []).map(Number) as [number, number];
  const middle = median !== undefined && median >= least && median <= most ? median : (low + high) / 2;
  const short = Number(middle.toPrecision(6));
  return short >= least && short <= most ? short : middle;
}
