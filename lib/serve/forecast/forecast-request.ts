/** `POST /v1/models/{model}/forecast`: from the newest values of a series, sent or stored, to its future. */
import { requireJsonType } from '../../contracts/content-type.ts';
import { invalidInput, isRecord, parseJson } from '../../core/index.ts';
import { stampText } from '../../series/index.ts';
import { number32 } from '../numbers.ts';
import { servedFields } from '../served.ts';
import {
  modelAsked,
  type NonFinitePolicy,
  type ServeAnswer,
  type ServeContext,
  type ServeRequest,
  serveOptions,
} from '../service.ts';
import type { ForecastModel } from '../version-cache.ts';
import { askForecast, type Forecast } from './ask-forecast.ts';
import { readRows, type SentRows } from './read-body.ts';
import { findStored, seriesName, seriesNeeded } from './stored-series.ts';

const fields = ['history', 'series', 'future', 'horizon'] as const;

/** Answers a request for one forecast; a body without a history forecasts from the newest values that are stored. */
export async function forecastRequest(
  { cache, artifacts, clock }: ServeContext,
  { path, query, header, body, requestId }: ServeRequest,
): Promise<ServeAnswer> {
  const text = body.text();
  if (text.trim() !== '') requireJsonType(header('content-type'));
  const asked = modelAsked(path.model, query.version);
  const { nonFinite } = serveOptions(query);
  const model = await cache.resolveForecast(asked.model, asked.version);
  const sent = readFields(text);
  const { series: schema, manifest } = model;
  const rowsOf = (kind: 'history' | 'future'): SentRows | null =>
    sent[kind] === undefined ? null : readRows(sent[kind], { place: kind, kind, schema });
  const [history, future] = [rowsOf('history'), rowsOf('future')];
  const name = seriesName(model, sent.series ?? history?.id);
  if (history?.id) refuseOtherName(name, seriesName(model, history.id));
  const stored = name === null ? null : await findStored(artifacts, model, name);
  if (!stored && !history) throw seriesNeeded(model, name);
  const horizon = readHorizon(sent.horizon, model);
  const now = clock.now();
  const forecast = await askForecast(model, {
    ...{ name: name ?? '', stored, history, future, horizon, now },
    places: { history: 'history', future: 'future' },
  });
  return {
    status: 200,
    text: writeForecast(model, forecast, { requestId, name, nonFinite }),
    fields: servedFields(manifest, 1),
  };
}

/** A history of one series under the name of another would be joined to what is stored of that. */
function refuseOtherName(name: string | null, ofHistory: string | null): void {
  if (name === ofHistory) return;
  throw invalidInput(
    `"series" is ${JSON.stringify(name)}, and the rows of "history" are of ${JSON.stringify(ofHistory)}. Send the history of the series that is meant, or leave "series" out.`,
    { code: 'invalid_field', param: 'series' },
  );
}

function readFields(text: string): Readonly<Partial<Record<(typeof fields)[number], unknown>>> {
  const body = text.trim() === '' ? {} : parseJson(text);
  if (!isRecord(body)) {
    throw invalidInput('The body must be a JSON object such as {"history": [{"time": "...", "sales": 3}]}.', {
      code: 'wrong_shape',
    });
  }
  const extra = Object.keys(body).find((key) => !fields.some((field) => field === key));
  if (extra === undefined) return body;
  throw invalidInput(`The body has the unknown field "${extra}"; it may have ${fields.join(', ')}.`, {
    code: 'wrong_shape',
    param: extra,
  });
}

/**
 * Steps that are asked for: those of the model, or fewer.
 *
 * @param param field of the request
 */
export function readHorizon(asked: unknown, { series, manifest }: ForecastModel, param = 'horizon'): number {
  if (asked === undefined) return series.horizon;
  if (typeof asked !== 'number' || !Number.isInteger(asked) || asked < 1) {
    throw invalidInput(`"${param}" must be a whole number of steps, at least 1.`, {
      code: 'invalid_field',
      param,
    });
  }
  if (asked <= series.horizon) return asked;
  throw invalidInput(
    `Model "${manifest.model}" forecasts ${series.horizon} steps, not ${asked}. Ask for fewer, or train it with a longer "series.horizon".`,
    { code: 'horizon_too_long', param },
  );
}

/** A moment as the data write it: whole days without a time, and in UTC if they say how far they are from it. */
export function shownStamp(ms: number, { dates_only: datesOnly, zoned }: ForecastModel['series']): string {
  const text = stampText(ms);
  if (datesOnly) return text.slice(0, 10);
  return zoned ? `${text}Z` : text;
}

function writeForecast(
  { manifest, series }: ForecastModel,
  { stamps, values, quantiles, warnings }: Forecast,
  {
    requestId,
    name,
    nonFinite,
  }: { readonly requestId: string; readonly name: string | null; readonly nonFinite: NonFinitePolicy },
): string {
  const numbers = (list: Float32Array): string =>
    `[${Array.from(list, (value) => number32(value, nonFinite, 'forecast')).join(',')}]`;
  const head = JSON.stringify({
    id: requestId,
    model: manifest.model,
    version: manifest.version,
    ...(series.id.length > 0 && { series: name }),
    frequency: series.frequency,
    horizon: stamps.map((ms) => shownStamp(ms, series)),
  }).slice(0, -1);
  const levels = series.quantiles.map((level, index) => `"${level}":${numbers(quantiles[index]!)}`);
  return `${head},"values":${numbers(values)},"quantiles":{${levels.join(',')}},"warnings":${JSON.stringify(warnings)}}`;
}
