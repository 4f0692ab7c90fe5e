/** What every other folder may use and which itself uses nothing. */
export { type Clock, systemClock } from './clock.ts';
export { type CsvRecord, type CsvSplitter, createCsvSplitter, csvHeader, isCsvRow } from './csv.ts';
export { csvCellValue } from './csv-cell.ts';
export { type DatetimeFormat, datetimeFormats, parseDatetime, zoneOf } from './datetime.ts';
export { canonicalJson, sha256 } from './digest.ts';
export {
  conflict,
  type ErrorDetails,
  type ErrorKind,
  forbidden,
  internal,
  invalidInput,
  isOnrampError,
  notFound,
  notReady,
  OnrampError,
  rateLimited,
  upstream,
} from './errors.ts';
export {
  longestNumber,
  putAscii,
  putDecimal,
  putShortest32,
  shortest32,
  shortestNumber,
} from './float32.ts';
export { isRecord, parseJson, requireShallow } from './json.ts';
export { type Logger, silentLogger } from './logger.ts';
export { mapConcurrent } from './map-concurrent.ts';
export { joinFloats, type Matrix, takeRows } from './matrix.ts';
export { createRandom, hashText, type Random } from './random.ts';
export { nextAfter, parseSchedule, type Schedule } from './schedule.ts';
