/** The loopback S3 server of the local platform. */
export { type ObjectServer, type ObjectServerOptions, startObjectServer } from './server.ts';
export type { ObjectCreatedEvent } from './types.ts';
