/** What an operator sees: a dashboard, alarms, figures made of log lines, and the bill. */
import { Duration } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { EventFunction } from '../../lib/contracts/events.ts';
import { logMessages } from '../../lib/contracts/log-messages.ts';
import type { StageConfig } from '../config.ts';
import { watchesOfEndpoint } from '../constructs/endpoint-watches.ts';
import type { ModelEndpoint } from '../constructs/model-endpoint.ts';
import { metricNamespace } from '../constructs/model-function.ts';
import { idOf, nameIn } from '../constructs/names.ts';
import { PlatformDashboard } from '../constructs/platform-dashboard.ts';
import type { RouteApi } from '../constructs/route-api.ts';
import type { Watch } from '../constructs/watch.ts';
import type { WorkQueue } from '../constructs/work-queue.ts';
import type { QueueTable } from './events.ts';
import type { FunctionTable } from './functions.ts';
import type { Metering } from './metering.ts';

/** What is observed. */
export interface ObservationProps {
  readonly config: StageConfig;
  readonly functions: FunctionTable;
  readonly queues: QueueTable;
  readonly endpoints: readonly ModelEndpoint[];
  readonly metering: Metering;
  readonly routes: RouteApi;
}

const period = Duration.minutes(5);
const hours = (count: number): number => count * 3600;

/** Alarms, figures and the dashboard of an environment. */
export class Observation extends Construct {
  constructor(scope: Construct, id: string, props: ObservationProps) {
    super(scope, id);
    const { config, functions } = props;
    const models = this.#figuresOfModels(config, functions);
    const topic = config.alarmEmail === undefined ? null : this.#topic(config.alarmEmail);
    const watches = [
      ...watchesOf(props),
      ...watchesOfModels(models),
      ...props.endpoints.flatMap(watchesOfEndpoint),
    ];
    for (const watch of watches.filter(({ isExtra }) => config.alarms === 'all' || !isExtra)) {
      const alarm = this.#alarm(watch);
      if (topic) alarm.addAlarmAction(new SnsAction(topic));
    }
    new PlatformDashboard(this, 'Dashboard', {
      ...props,
      functions: withoutAuthorizer(functions),
      models: Object.values(models),
    });
    if (config.budget) this.#budget(config.budget);
  }

  /** Counts what evaluate says of live versions; the lines are in its log in any case. */
  #figuresOfModels(
    config: StageConfig,
    { evaluate }: FunctionTable,
  ): Record<keyof typeof logMessages, Metric> {
    const entries = Object.entries(logMessages).map(([name, message]) => {
      const metricName = idOf(name.replace(/[A-Z]/g, (letter) => `-${letter}`));
      const filter = new MetricFilter(this, `${metricName}Filter`, {
        logGroup: evaluate.logGroup,
        filterPattern: FilterPattern.stringValue('$.message', '=', message),
        metricNamespace: metricNamespace(config),
        metricName,
        metricValue: '1',
      });
      return [name, filter.metric({ statistic: 'Sum', period: Duration.hours(1) })];
    });
    return Object.fromEntries(entries);
  }

  #alarm({ name, says, metric, from }: Watch): Alarm {
    return new Alarm(this, `${idOf(name)}Alarm`, {
      alarmName: nameIn(this, name),
      alarmDescription: says,
      metric,
      threshold: from,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  #topic(email: string): Topic {
    const topic = new Topic(this, 'Alarms', { topicName: nameIn(this, 'alarms'), enforceSSL: true });
    topic.addSubscription(new EmailSubscription(email));
    return topic;
  }

  #budget({ usdPerMonth, email }: NonNullable<StageConfig['budget']>): void {
    const subscribers = [{ subscriptionType: 'EMAIL', address: email }];
    const at = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
      notification: {
        notificationType,
        threshold,
        comparisonOperator: 'GREATER_THAN',
        thresholdType: 'PERCENTAGE',
      },
      subscribers,
    });
    new CfnBudget(this, 'Budget', {
      budget: {
        budgetName: nameIn(this, 'month'),
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: usdPerMonth, unit: 'USD' },
      },
      notificationsWithSubscribers: [at('ACTUAL', 80), at('FORECASTED', 100)],
    });
  }
}

function watchesOf({ functions, queues, metering, routes }: ObservationProps): Watch[] {
  return [
    {
      name: 'api-errors',
      says: 'The API answered 5xx five times in five minutes; the logs of its functions say why.',
      metric: routes.api.metricServerError({ period, statistic: 'Sum' }),
      from: 5,
    },
    {
      name: 'throttles',
      says: 'Functions of this account were not started for want of concurrency; raise the quota of the account.',
      metric: new Metric({ namespace: 'AWS/Lambda', metricName: 'Throttles', statistic: 'Sum', period }),
      from: 1,
    },
    ...Object.entries(queues).flatMap(([name, queue]) => watchesOfQueue(name as EventFunction, queue)),
    {
      name: 'meter-failures',
      says: 'Log lines of requests could not be counted; they wait in the queue of this name, and the log of meter says why.',
      metric: metering.failures.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
      from: 1,
      isExtra: true,
    },
    ...Object.entries(functions)
      // A wrong key is an error of the authorizer, as that is how it says 401; what fails there is among the API's 5xx.
      .filter(([name]) => name !== 'authorize')
      .map(([name, { function: handler }]) => ({
        name: `${name}-errors`,
        says: `The function ${name} failed or ran out of time; its log says why.`,
        metric: handler.metricErrors({ period, statistic: 'Sum' }),
        from: 1,
        isExtra: true,
      })),
  ];
}

/** A wrong key is an error of the authorizer: that is how it says 401, and nothing to wake anybody for. */
const withoutAuthorizer = ({ authorize: _, ...functions }: FunctionTable) => functions;

/** Work that people wait for by the hour is watched in any case. */
const watchedAges: ReadonlySet<EventFunction> = new Set(['train', 'batch']);

function watchesOfQueue(name: EventFunction, { queue, deadLetters }: WorkQueue): Watch[] {
  return [
    {
      name: `${name}-dead-letters`,
      says: `Work for ${name} failed five times; its log says why. Start a redrive once that is mended.`,
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
      from: 1,
    },
    {
      name: `${name}-age`,
      says: `Work for ${name} has waited for six hours.`,
      metric: queue.metricApproximateAgeOfOldestMessage({ period, statistic: 'Maximum' }),
      from: hours(6),
      isExtra: !watchedAges.has(name),
    },
  ];
}

function watchesOfModels(figures: Readonly<Record<keyof typeof logMessages, Metric>>): Watch[] {
  return [
    {
      name: 'score-fallen',
      says: 'A live version does worse on the newest data than when it was trained; its reports say by how much.',
      metric: figures.scoreFallen,
      from: 1,
    },
    {
      name: 'data-drifted',
      says: 'A live version cannot read the newest data, as a column is gone; the log of evaluate names it.',
      metric: figures.dataDrifted,
      from: 1,
    },
  ];
}
