/** The context object that AWS Lambda hands to a handler beside the event. */
import type { Context } from 'aws-lambda';

/** What differs from one invocation to the next. */
export interface InvocationOptions {
  readonly functionName: string;
  readonly requestId: string;
  readonly memoryLimitMb: number;
  /** When the invocation will be stopped, milliseconds since 1970. */
  readonly deadlineAt: number;
}

const refuseCallback = (): never => {
  throw new Error('This handler must return a promise; the callback style ended with Node 24 on Lambda');
};

/** Makes a Lambda context. */
export function lambdaContext(options: InvocationOptions): Context {
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: options.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${options.functionName}`,
    memoryLimitInMB: String(options.memoryLimitMb),
    awsRequestId: options.requestId,
    logGroupName: `/aws/lambda/${options.functionName}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, options.deadlineAt - Date.now()),
    done: refuseCallback,
    fail: refuseCallback,
    succeed: refuseCallback,
  };
}
