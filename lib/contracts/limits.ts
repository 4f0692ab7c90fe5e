/** The limits of requests; apart from the schemas, as what answers predictions needs these alone. */

/** What one import may bring: as the body of a request, or by an upload before it. */
export const importLimits = { bodyBytes: 6_291_456, fileBytes: 268_435_456 } as const;

/** The limits of one prediction request and, so that it fits into Lambda's 6 MiB, of its answer. */
export const predictLimits = { rows: 10_000, bodyBytes: 6_291_456, warnings: 10_000 } as const;
