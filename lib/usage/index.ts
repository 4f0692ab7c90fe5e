/** Metering: a ledger made of the log lines of requests, its sums, and limits of what a key may use. */
export { dayOf } from './days.ts';
export { foldUsage } from './fold.ts';
export { writeUsage } from './ledger.ts';
export type { SlotState } from './limits/account.ts';
export { createLimiter, type Limiter, type Reservation } from './limits/limiter.ts';
export type { Amounts } from './limits/slots.ts';
export { createUsagePrice, type PricedRequest, type UsagePrice } from './price.ts';
export { readUsageLine } from './read-line.ts';
export { reportUsage, type UsageQuestion } from './report.ts';
export type { UsageContext, UsageEntry } from './types.ts';
