/** What CloudWatch Logs hands to a function that subscribes to a log group, once it is unpacked. */

/** The event of the function: JSON of a `LogDelivery`, gzipped, in base64. */
export interface LogDeliveryEvent {
  readonly awslogs: { readonly data: string };
}

/** Lines of one log stream. https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchlogs.html */
export interface LogDelivery {
  /** `CONTROL_MESSAGE` asks whether the function can be reached; its lines mean nothing. */
  readonly messageType: 'DATA_MESSAGE' | 'CONTROL_MESSAGE';
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly subscriptionFilters: readonly string[];
  readonly logEvents: readonly {
    readonly id: string;
    /** Milliseconds since 1970-01-01 UTC. */
    readonly timestamp: number;
    readonly message: string;
  }[];
}

/** The lines of requests, as a filter pattern of a subscription. */
export const accessLinePattern = '{ ($.message = "answered") || ($.message = "refused") }';
