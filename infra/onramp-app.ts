/** The CDK app of one environment, checked by cdk-nag. */
import { App, type AppProps, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { Route } from '../lib/contracts/routes.ts';
import type { StageConfig } from './config.ts';
import { OnrampStack } from './stacks/onramp-stack.ts';

/** Today's ways of doing things, which the CDK leaves off for apps that are older than they are. */
const flags = {
  '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': true,
  '@aws-cdk/aws-iam:minimizePolicies': true,
};

/** What an app is made from. */
export interface OnrampAppProps {
  readonly config: StageConfig;
  /** Folder that holds the folder of each function, as it is deployed. */
  readonly codeFolder: string;
  /** Default: the route table. */
  readonly routes?: readonly Route[];
  readonly app?: AppProps;
}

/** Makes the app with its one stack; `app.synth()` writes the template and fails if cdk-nag finds something new. */
export function createOnrampApp({ app: props, ...stack }: OnrampAppProps): {
  readonly app: App;
  readonly stack: OnrampStack;
} {
  const app = new App({
    // Whoever makes the app asks for its templates.
    autoSynth: false,
    analyticsReporting: false,
    treeMetadata: false,
    ...props,
    context: { ...flags, ...props?.context },
  });
  Validations.of(app).addPlugins(new AwsSolutionsChecks());
  return { app, stack: new OnrampStack(app, stack) };
}
