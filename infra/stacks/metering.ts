/** From the log lines of requests to the ledger of usage. */
import { Duration, Validations } from 'aws-cdk-lib';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { FilterPattern } from 'aws-cdk-lib/aws-logs';
import { LambdaDestination } from 'aws-cdk-lib/aws-logs-destinations';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { accessLinePattern } from '../../lib/contracts/log-delivery.ts';
import { routes } from '../../lib/contracts/routes.ts';
import { nameIn } from '../constructs/names.ts';
import type { FunctionTable } from './functions.ts';

/** Functions that write a line about each request: those that answer HTTPS, and those that ask endpoints for jobs. */
const metered = [
  ...new Set([...routes.map((route) => route.function), 'batch' as const, 'call' as const]),
].sort();

/**
 * Subscribes `meter` to the logs of all functions that answer requests. CloudWatch Logs delivers without waiting, so that
 * Lambda tries again what failed; what failed to the end is kept, as it would be missing in somebody's bill.
 */
export class Metering extends Construct {
  /** Deliveries that failed to the end, whole. */
  readonly failures: Queue;

  constructor(scope: Construct, id: string, { functions }: { readonly functions: FunctionTable }) {
    super(scope, id);
    this.failures = new Queue(this, 'Failures', {
      queueName: nameIn(this, 'meter-failures'),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this.failures).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason:
        'These are the dead letters of a function that is called without a queue; nothing takes them from here.',
    });
    const { function: meter } = functions.meter;
    meter.configureAsyncInvoke({ retryAttempts: 2, onFailure: new SqsDestination(this.failures) });
    const destination = new LambdaDestination(meter);
    for (const name of metered) {
      functions[name]?.logGroup.addSubscriptionFilter('Metering', {
        destination,
        filterName: 'metering',
        filterPattern: FilterPattern.literal(accessLinePattern),
      });
    }
  }
}
