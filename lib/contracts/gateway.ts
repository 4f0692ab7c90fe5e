/** The limits of API Gateway, the same in the cloud and on one machine. */

/**
 * Largest request and longest answer; a handler may refuse earlier. An answer piece by piece has more time, as long as
 * something comes now and then.
 */
export const gatewayLimits = {
  bodyBytes: 10_485_760,
  timeoutMs: 29_000,
  streamTimeoutMs: 900_000,
  streamIdleMs: 300_000,
} as const;

/** Request bodies of these types reach a handler as base64, all others as text. `*` ends a prefix. */
export const binaryMediaTypes: readonly string[] = [
  'application/octet-stream',
  'application/onnx',
  'application/x-onnx',
  'application/vnd.apache.parquet',
  'application/vnd.apache.arrow.stream',
  'application/x-npy',
  'application/gzip',
  'application/x-tar',
  'application/zip',
  'image/*',
  'audio/*',
  'multipart/form-data',
];
