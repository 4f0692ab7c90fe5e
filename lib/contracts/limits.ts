/** The limits of requests; apart from the schemas, as what answers predictions needs these alone. */

/** What Lambda takes and gives at a time: the whole event or answer as JSON, in which quotes are escaped. */
export const lambdaPayloadBytes = 6_291_456;

/** A body that fits there as base64, and as JSON with the quotes that JSON usually has. */
const bodyBytes = 4_500_000;

/** What one import may bring: as the body of a request, or by an upload before it. */
export const importLimits = { bodyBytes, fileBytes: 268_435_456 } as const;

/** The limits of one request for vectors of texts: those of OpenAI's API. */
export const embeddingLimits = { inputs: 2048, tokens: 300_000 } as const;

/**
 * The limits of one request with pictures: how many, the values of the tensor that they become (64 pictures of 512 x 512
 * in colours), its length as JSON, and how long a body may be that is uploaded to be prepared.
 */
export const imageLimits = {
  pictures: 64,
  values: 50_331_648,
  jsonBytes: 100_000_000,
  fileBytes: 100_000_000,
} as const;

/** The limits of one prediction request. */
export const predictLimits = { rows: 10_000, bodyBytes, warnings: 10_000 } as const;

/**
 * What is prepared of a file with rows or texts: the length of a JSON body, which is read as a whole, and the tokens of
 * its texts, padded to the longest.
 */
export const preparationLimits = { bodyBytes: 100_000_000, tokens: 4_194_304 } as const;
