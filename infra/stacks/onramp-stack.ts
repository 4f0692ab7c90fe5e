/** One environment as one stack: `cdk deploy` needs no names, and nothing is tied to the exports of another stack. */
import { Stack, type StackProps, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Route } from '../../lib/contracts/routes.ts';
import type { StageConfig } from '../config.ts';
import { Api } from './api.ts';
import { Endpoints } from './endpoints.ts';
import { Events } from './events.ts';
import { Functions } from './functions.ts';
import { Metering } from './metering.ts';
import { Observation } from './observation.ts';
import { Schedules } from './schedules.ts';
import { Storage } from './storage.ts';
import { Training } from './training.ts';

/** What a stack is made from. */
export interface OnrampStackProps {
  readonly config: StageConfig;
  /** Folder that holds the folder of each function, as it is deployed. */
  readonly codeFolder: string;
  /** Default: the route table. */
  readonly routes?: readonly Route[];
}

/** The whole of an environment. */
export class OnrampStack extends Stack {
  constructor(scope: Construct, { config, codeFolder, routes }: OnrampStackProps) {
    super(scope, `onramp-${config.stage}`, stackProps(config));
    const storage = new Storage(this, 'Storage', config);
    const functions = new Functions(this, 'Functions', { config, storage, codeFolder }).table;
    const { queues } = new Events(this, 'Events', { config, storage, functions });
    const api = new Api(this, 'Api', { config, functions, routes });
    new Schedules(this, 'Schedules', { control: functions.control, evaluations: queues.evaluate });
    if (config.training) {
      new Training(this, 'Training', {
        settings: config.training,
        storage,
        train: functions.train,
        queue: queues.train,
      });
    }
    const { endpoints } = new Endpoints(this, 'Endpoints', { config, storage, functions });
    const metering = new Metering(this, 'Metering', { functions });
    new Observation(this, 'Observation', {
      config,
      functions,
      queues,
      endpoints,
      metering,
      routes: api.routes,
    });
    for (const [name, value] of Object.entries({ 'onramp:stage': config.stage, ...config.tags })) {
      Tags.of(this).add(name, value, { excludeResourceTypes: untagged });
    }
  }
}

/** Younger schemas give it tags, but CloudFormation's own does not in every region. */
const untagged = ['AWS::ApplicationAutoScaling::ScalableTarget'];

function stackProps({ stage, account, region, removal }: StageConfig): StackProps {
  return {
    description: `Onramp (${stage}): a prediction API made of data sets`,
    env: { ...(account !== undefined && { account }), ...(region !== undefined && { region }) },
    terminationProtection: removal === 'retain',
  };
}
