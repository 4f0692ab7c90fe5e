/** Series: frequencies, and regular values made of rows with stamps. */
export {
  addSteps,
  floorToStep,
  frequencyText,
  parseFrequency,
  stepsBetween,
  usualSeason,
} from './frequency.ts';
export { inferFrequency } from './infer-frequency.ts';
export { knownWidth, writeKnown } from './known.ts';
export { duplicateStamp, offGrid, stampText } from './refusals.ts';
export { lastValues, makeRegular } from './regular.ts';
export { seriesName } from './series-name.ts';
export type { Filling, Frequency, RegularOptions, Series, SeriesRows } from './types.ts';
