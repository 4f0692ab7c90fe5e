/** The routes that forecast: Onramp's own, and KServe's time series API. */
import * as z from 'zod';
import { type Route, route } from './route.ts';

/** Rows one by one or by columns; checked by the code that reads them, not by this schema. */
const seriesRows = z.union([
  z.array(z.record(z.string(), z.unknown())),
  z.record(z.string(), z.array(z.unknown())),
]);

const forecastRequest = z.strictObject({
  /** The newest values with their times, and what is known of them; the values that are stored where it is left out. */
  history: seriesRows.optional(),
  /** Which series it is: its name, or the values of the id columns. */
  series: z.union([z.string(), z.array(z.string()), z.record(z.string(), z.string())]).optional(),
  /** Known inputs of the steps to come. */
  future: seriesRows.optional(),
  /** Steps, at most those of the model, which are forecast where it is left out. */
  horizon: z.int().min(1).optional(),
});

const forecastResponse = z.object({
  id: z.string(),
  model: z.string(),
  version: z.string(),
  series: z.string().nullable().optional(),
  frequency: z.string(),
  /** The moment of each step. */
  horizon: z.array(z.string()),
  values: z.array(z.number()),
  /** By level. */
  quantiles: z.record(z.string(), z.array(z.number())),
  warnings: z.array(z.object({ code: z.string(), field: z.string(), message: z.string() })),
});

const timeSeriesType = z.enum(['univariate_time_series', 'multivariate_time_series']);
const timeSeriesFrequency = z.enum([
  ...(['second', 'S', 'minute', 'T', 'hour', 'H', 'day', 'D'] as const),
  ...(['week', 'W', 'month', 'M', 'quarter', 'Q', 'year', 'Y'] as const),
]);
const timeSeries = z.array(z.union([z.number(), z.array(z.number())]));
const timeSeriesStatus = z.enum(['completed', 'error', 'pending', 'partial']);

const timeSeriesRequest = z.object({
  model: z.string(),
  inputs: z.array(
    z.object({
      type: timeSeriesType,
      name: z.string(),
      series: timeSeries,
      frequency: timeSeriesFrequency,
      start_timestamp: z.string().nullish(),
      /** An extension: known inputs of the steps to come. */
      future: seriesRows.optional(),
    }),
  ),
  options: z.object({ horizon: z.int().min(1), quantiles: z.array(z.number()).nullish() }),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});

const timeSeriesResponse = z.object({
  id: z.string(),
  created_at: z.int(),
  status: timeSeriesStatus,
  error: z.null(),
  model: z.string(),
  outputs: z.array(
    z.object({
      type: z.string(),
      id: z.string(),
      status: timeSeriesStatus,
      content: z.array(
        z.object({
          type: timeSeriesType,
          name: z.string(),
          mean_forecast: timeSeries,
          frequency: timeSeriesFrequency,
          start_timestamp: z.string(),
          quantiles: z.record(z.string(), timeSeries).nullable(),
        }),
      ),
      error: z.null(),
    }),
  ),
  usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() }),
});

export const forecastRoutes: readonly Route[] = [
  route({
    id: 'forecast',
    method: 'POST',
    path: '/v1/models/{model}/forecast',
    query: {
      version: { schema: z.string(), summary: 'A version other than the live one.' },
      non_finite: {
        schema: z.enum(['error', 'null', 'string']),
        summary: 'What becomes of values that are no finite numbers.',
      },
    },
    function: 'predict',
    scope: 'predict',
    summary: 'Forecast a series, from values that are sent or from the newest that are stored.',
    request: forecastRequest,
    response: forecastResponse,
    example: { request: { horizon: 24 } },
  }),
  route({
    id: 'time-series-forecast',
    method: 'POST',
    path: '/v1/timeseries/forecast',
    function: 'predict',
    scope: 'predict',
    summary: "Forecast series in the form of KServe's time series API.",
    request: timeSeriesRequest,
    response: timeSeriesResponse,
    example: {
      request: {
        model: 'sales',
        inputs: [
          {
            type: 'univariate_time_series',
            name: 'shop-1',
            series: [12, 15, 14],
            frequency: 'D',
            start_timestamp: '2026-11-20T00:00:00',
          },
        ],
        options: { horizon: 7, quantiles: [0.1, 0.9] },
      },
    },
  }),
  route({
    id: 'time-series-models',
    method: 'GET',
    path: '/v1/timeseries/models',
    function: 'control',
    scope: 'read',
    summary: 'Names of the models that forecast, as KServe lists them.',
    response: z.array(z.string()),
  }),
];
