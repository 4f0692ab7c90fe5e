/** The loopback S3 server of the local platform, and how it writes small files so that they last. */
export { replaceFile } from './disk/durable-file.ts';
export { type ObjectServer, type ObjectServerOptions, startObjectServer } from './server.ts';
export type { ObjectCreatedEvent } from './types.ts';
