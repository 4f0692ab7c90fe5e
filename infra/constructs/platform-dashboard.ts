/** One page on how the platform does: requests, functions, queues, models. */
import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, type IWidget, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import { type ModelFunction, metricNamespace } from './model-function.ts';
import { nameIn } from './names.ts';
import type { RouteApi } from './route-api.ts';
import type { WorkQueue } from './work-queue.ts';

/** What the page shows. */
export interface PlatformDashboardProps {
  readonly config: StageConfig;
  readonly functions: Readonly<Record<string, ModelFunction>>;
  readonly queues: Readonly<Record<string, WorkQueue>>;
  readonly routes: RouteApi;
  /** Figures of the models. */
  readonly models: readonly IMetric[];
}

const period = Duration.minutes(5);

/** The dashboard of an environment, named like its stack; the first three of an account are free. */
export class PlatformDashboard extends Construct {
  constructor(scope: Construct, id: string, props: PlatformDashboardProps) {
    super(scope, id);
    new Dashboard(this, 'Page', {
      dashboardName: nameIn(this, 'overview'),
      defaultInterval: Duration.days(1),
      widgets: [requests(props), work(props)],
    });
  }
}

const graph = (title: string, left: readonly IMetric[]): IWidget =>
  new GraphWidget({ title, left: [...left], width: 8, height: 6 });

function requests({ functions, routes: { api } }: PlatformDashboardProps): IWidget[] {
  const sum = { period, statistic: 'Sum' };
  const handlers = Object.entries(functions);
  return [
    graph('Requests and refusals', [
      api.metricCount(sum),
      api.metricClientError(sum),
      api.metricServerError(sum),
    ]),
    graph(
      'Latency (ms)',
      ['p50', 'p99'].map((statistic) => api.metricLatency({ period, statistic, label: statistic })),
    ),
    graph(
      'Errors of functions',
      handlers.map(([label, { function: handler }]) => handler.metricErrors({ ...sum, label })),
    ),
  ];
}

function work({ config, queues, models }: PlatformDashboardProps): IWidget[] {
  const lines = Object.entries(queues);
  const counted = (metricName: string, service: string): Metric =>
    new Metric({
      namespace: metricNamespace(config),
      metricName,
      dimensionsMap: { service: `onramp-${service}` },
      statistic: 'Sum',
      period,
      label: `${service}: ${metricName}`,
    });
  return [
    graph(
      'Oldest waiting work (s)',
      lines.map(([label, { queue }]) => queue.metricApproximateAgeOfOldestMessage({ period, label })),
    ),
    graph(
      'Work done and failed',
      lines.flatMap(([name]) => [counted('MessagesDone', name), counted('MessagesFailed', name)]),
    ),
    graph('Models: score fallen, data drifted', models),
  ];
}
