/** The routes that forecast. Their code is loaded with the first request: most functions never see one. */
import type { ServeOperations } from '../service.ts';

export const forecastOperations: ServeOperations = {
  'POST /v1/models/{model}/forecast': async (context, request) => {
    const { forecastRequest } = await import('./forecast-request.ts');
    return forecastRequest(context, request);
  },
  'POST /v1/timeseries/forecast': async (context, request) => {
    const { timeSeriesRequest } = await import('./time-series-request.ts');
    return timeSeriesRequest(context, request);
  },
};
