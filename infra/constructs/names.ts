/** Names of what an environment has: readable in the console, and different in every environment of an account. */
import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** `onramp-dev-predict` for `predict`. */
export const nameIn = (scope: IConstruct, name: string): string => `${Stack.of(scope).stackName}-${name}`;

/** `UploadedData` for `uploaded-data`: an id of a construct. */
export const idOf = (name: string): string =>
  name
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
