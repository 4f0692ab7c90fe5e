/** What the functions share: middy stacks, validation, and the platform they run on. */
export { type Environment, readEnvironment, readScheduleEnvironment } from './environment.ts';
export { type ErrorAnswer, errorAnswer } from './http-errors.ts';
export type { HttpRequest, RawBody } from './http-request.ts';
export {
  type HttpAnswer,
  type HttpHandler,
  type HttpStackOptions,
  httpStack,
  type LambdaHttpHandler,
  rawHttpStack,
} from './http-stack.ts';
export { createAccessLogger, createLogger } from './logging.ts';
export { type Counters, createCounters } from './metrics.ts';
export { createPlatform, type Platform } from './platform.ts';
export {
  type LambdaQueueHandler,
  type MessageHandler,
  type QueueMessage,
  type QueueStackOptions,
  queueStack,
} from './queue-stack.ts';
export { type LambdaStreamHandler, type StreamStackOptions, streamStack } from './stream-stack.ts';
export { validate } from './validate.ts';
