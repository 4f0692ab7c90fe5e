/** Forecasts in the circle: fitting, comparing and watching versions of series. */
export { compareForecastVersions, forecastQuestion, scoreForecastVersion } from './compare-forecasts.ts';
export { fitForecastVersion } from './fit-forecast.ts';
