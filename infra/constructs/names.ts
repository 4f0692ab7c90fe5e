/** Names of what an environment has: readable in the console, and different in every environment of an account. */
import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

export { idOf } from './ids.ts';

/** `onramp-dev-predict` for `predict`. */
export const nameIn = (scope: IConstruct, name: string): string => `${Stack.of(scope).stackName}-${name}`;
