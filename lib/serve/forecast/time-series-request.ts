/** `POST /v1/timeseries/forecast`: KServe's time series API, by which any number of univariate series are forecast. */
import { requireJsonType } from '../../contracts/content-type.ts';
import { invalidInput, isRecord, type OnrampError, parseJson } from '../../core/index.ts';
import { addSteps, frequencyText, knownWidth, parseFrequency, stampText } from '../../series/index.ts';
import { number32 } from '../numbers.ts';
import { servedFields } from '../served.ts';
import { modelAsked, type ServeAnswer, type ServeContext, type ServeRequest } from '../service.ts';
import type { ForecastModel } from '../version-cache.ts';
import { askForecast, type Forecast } from './ask-forecast.ts';
import { readHorizon } from './forecast-request.ts';
import { readRows, readStamp, refuseBeyondFloat32, type SentRows } from './read-body.ts';
import { findStored } from './stored-series.ts';
import type { ForecastInput } from './types.ts';

/** KServe's names of frequencies, and ours. */
const frequencies: Readonly<Record<string, string>> = {
  ...{ second: '1s', S: '1s', minute: '1min', T: '1min', hour: '1h', H: '1h', day: '1d', D: '1d' },
  ...{ week: '1w', W: '1w', month: '1mo', M: '1mo', quarter: '1q', Q: '1q', year: '1y', Y: '1y' },
};

/** Series of a request at most. */
const maxInputs = 1_000;

/** One series of a request. */
interface Input {
  readonly name: string;
  readonly frequency: string;
  readonly history: SentRows | null;
  readonly future: SentRows | null;
  /** Where its values and known inputs are in the request. */
  readonly places: ForecastInput['places'];
}

/** Answers in KServe's form; a series without values is forecast from the newest that are stored under its name. */
export async function timeSeriesRequest(
  { cache, artifacts, clock }: ServeContext,
  { header, body, requestId }: ServeRequest,
): Promise<ServeAnswer> {
  requireJsonType(header('content-type'));
  const request = parseJson(body.text());
  if (!isRecord(request))
    throw fault(null, 'The body must be a JSON object with "model", "inputs" and "options".');
  const asked = modelAsked(typeof request.model === 'string' ? request.model : undefined, undefined);
  const model = await cache.resolveForecast(asked.model);
  const options = readOptions(request.options, model);
  const inputs = readInputs(request.inputs, model);
  const content: string[] = [];
  for (const input of inputs) {
    const { history, future, name, places } = input;
    const stored = history ? null : await findStored(artifacts, model, name);
    if (!history && !stored) {
      throw fault(places.history, `Series "${name}" has no values, and none are stored under its name.`);
    }
    const { horizon } = options;
    const now = clock.now();
    const forecast = await askForecast(model, { name, stored, history, future, places, horizon, now });
    content.push(writeContent(model, forecast, { input, levels: options.levels }));
  }
  const values = inputs.reduce((sum, { history }) => sum + (history?.values.length ?? 0), 0);
  const made = inputs.length * options.horizon;
  const usage = { prompt_tokens: values, completion_tokens: made, total_tokens: values + made };
  const output = `{"type":"time_series_forecast","id":"${requestId}-0","status":"completed","content":[${content.join(',')}],"error":null}`;
  const created = Math.floor(clock.now() / 1000);
  const head = { id: requestId, created_at: created, status: 'completed', error: null, model: asked.model };
  return {
    status: 200,
    text: `${JSON.stringify(head).slice(0, -1)},"outputs":[${output}],"usage":${JSON.stringify(usage)}}`,
    fields: servedFields(model.manifest, inputs.length),
  };
}

function readOptions(
  options: unknown,
  model: ForecastModel,
): { readonly horizon: number; readonly levels: readonly number[] } {
  if (!isRecord(options)) throw fault('options', '"options" must be an object with "horizon".');
  const horizon = readHorizon(options.horizon, model, 'options.horizon');
  const { quantiles } = options;
  const known = model.series.quantiles;
  if (quantiles === undefined || quantiles === null) return { horizon, levels: [] };
  if (!Array.isArray(quantiles) || !quantiles.every((level) => known.includes(level as number))) {
    throw fault(
      'options.quantiles',
      `"options.quantiles" may name ${known.join(', ')}, as the model has learnt them.`,
    );
  }
  return { horizon, levels: quantiles as number[] };
}

function readInputs(inputs: unknown, model: ForecastModel): readonly Input[] {
  if (!Array.isArray(inputs) || inputs.length === 0 || inputs.length > maxInputs) {
    throw fault('inputs', `"inputs" must be an array of 1 to ${maxInputs} series.`);
  }
  return inputs.map((input, index) => readInput(input, `inputs[${index}]`, model));
}

function readInput(input: unknown, place: string, model: ForecastModel): Input {
  if (!isRecord(input)) throw fault(place, `"${place}" must be an object.`);
  const { type, name, series, frequency, start_timestamp: start, future } = input;
  if (type !== 'univariate_time_series') {
    throw fault(
      `${place}.type`,
      `"${place}.type" must be "univariate_time_series": the model forecasts one value a step.`,
    );
  }
  if (typeof name !== 'string') throw fault(`${place}.name`, `"${place}.name" must be a text.`);
  const names = namesOf(model);
  if (!names.some((one) => one === frequency)) {
    const listed = names.map((one) => `"${one}"`).join(' or ');
    throw fault(
      `${place}.frequency`,
      `"${place}.frequency" is ${JSON.stringify(frequency)}; the model's values are ${model.series.frequency} apart, which is ${listed}.`,
    );
  }
  if (!Array.isArray(series))
    throw fault(`${place}.series`, `"${place}.series" must be an array of numbers.`);
  const values = series.map((value) =>
    Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value,
  );
  for (const [at, value] of values.entries()) {
    const param = `${place}.series[${at}]`;
    if (typeof value === 'number') refuseBeyondFloat32(value, param);
    else if (value !== null) throw fault(param, `"${param}" must be a number.`);
  }
  const places = { history: `${place}.series`, future: `${place}.future` };
  return {
    ...{ name, frequency: frequency as string, places },
    history: values.length === 0 ? null : datedRows(values as (number | null)[], { place, start, model }),
    future:
      future === undefined
        ? null
        : readRows(future, { place: places.future, kind: 'future', schema: model.series }),
  };
}

/** What the frequency of a model may be called: KServe's names, of which those of a few have none, and the model's. */
function namesOf({ series }: ForecastModel): readonly string[] {
  const own = frequencyText(parseFrequency(series.frequency));
  const kserves = Object.entries(frequencies).filter(([, text]) => text === own.replace('-end', ''));
  return [...kserves.map(([name]) => name), own];
}

/** Values as rows with stamps. Without a start they end where the model's own data do, which only a calendar would see. */
function datedRows(
  values: readonly (number | null)[],
  { place, start, model }: { readonly place: string; readonly start: unknown; readonly model: ForecastModel },
): SentRows {
  const { series } = model;
  const frequency = parseFrequency(series.frequency);
  const isDated = series.calendar || (start !== undefined && start !== null);
  const first = isDated
    ? readStamp(start, { param: `${place}.start_timestamp`, schema: series })
    : addSteps(frequency, Date.parse(`${series.newest}Z`), 1 - values.length);
  return {
    place: `${place}.series`,
    stamps: Float64Array.from(values, (_, step) => addSteps(frequency, first, step)),
    values: Float64Array.from(values, (value) => value ?? Number.NaN),
    known: new Float64Array(values.length * knownWidth(series.known)).fill(Number.NaN),
    id: null,
  };
}

function writeContent(
  { series }: ForecastModel,
  { stamps, values, quantiles }: Forecast,
  { input, levels }: { readonly input: Input; readonly levels: readonly number[] },
): string {
  const numbers = (list: Float32Array): string =>
    `[${Array.from(list, (value) => number32(value, 'null', 'forecast')).join(',')}]`;
  const { name, frequency } = input;
  const head = JSON.stringify({ type: 'univariate_time_series', name }).slice(0, -1);
  const tail = JSON.stringify({
    frequency,
    start_timestamp: `${stampText(stamps[0]!)}${series.zoned ? 'Z' : ''}`,
  }).slice(1, -1);
  const chosen = levels.map((level) => `"${level}":${numbers(quantiles[series.quantiles.indexOf(level)]!)}`);
  const shown = levels.length === 0 ? 'null' : `{${chosen.join(',')}}`;
  return `${head},"mean_forecast":${numbers(values)},${tail},"quantiles":${shown}}`;
}

const fault = (param: string | null, message: string): OnrampError =>
  invalidInput(message, { code: 'invalid_field', ...(param !== null && { param }) });
