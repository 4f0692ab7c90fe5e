/** All functions, each with its environment and its rights. */
import { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { environmentNames } from '../../lib/contracts/environment.ts';
import { routes } from '../../lib/contracts/routes.ts';
import type { StageConfig } from '../config.ts';
import { ModelFunction } from '../constructs/model-function.ts';
import { idOf, nameIn } from '../constructs/names.ts';
import type { Right } from '../constructs/rights.ts';
import { functionRights } from '../function-rights.ts';
import { type FunctionName, functionNames } from '../function-settings.ts';
import type { Storage } from './storage.ts';

/** What the functions are made of. */
export interface FunctionsProps {
  readonly config: StageConfig;
  readonly storage: Storage;
  readonly codeFolder: string;
}

/** Functions that not every environment has. */
type Optional = 'authorize' | 'call';
type Usual = Exclude<FunctionName, Optional>;

/** The functions by name; `authorize` only where callers have keys, `call` only where requests may wait for an endpoint. */
export type FunctionTable = Readonly<Record<Usual, ModelFunction> & Partial<Record<Optional, ModelFunction>>>;

/** Every function of an environment. */
export class Functions extends Construct {
  readonly table: FunctionTable;

  constructor(scope: Construct, id: string, { config, storage, codeFolder }: FunctionsProps) {
    super(scope, id);
    const make = (name: FunctionName, environment: Environment, rights: readonly Right[]): ModelFunction =>
      new ModelFunction(this, idOf(name), { name, config, codeFolder, environment, rights });
    const waits = config.endpoints.some(({ capacity }) => capacity.kind !== 'async');
    const names = functionNames.filter((name) => name !== 'authorize' && (name !== 'call' || waits));
    const table = Object.fromEntries(
      names.map((name) => {
        const environment =
          name === 'prepare' ? {} : { ...environmentOf(config, storage), ...ownEnvironment(name, config) };
        return [name, make(name, environment, storage.rights(functionRights[name]))];
      }),
    ) as FunctionTable;
    letAsk(table.predict, table.prepare);
    this.table =
      config.access.kind === 'keys'
        ? { ...table, authorize: make('authorize', grantsOf(this, config), [readKeys(this)]) }
        : table;
  }
}

/** Lets a function have inputs prepared. */
export function letAsk(caller: ModelFunction, { function: prepare }: ModelFunction): void {
  caller.bind({ [environmentNames.prepareFunction]: prepare.functionName }, [
    { actions: ['lambda:InvokeFunction'], resources: [prepare.functionArn] },
  ]);
}

type Environment = Readonly<Record<string, string>>;

/** What all functions are told: where the data are, and how large the one is whose cost the cards tell. */
const environmentOf = (
  { functions, architecture }: StageConfig,
  { data, artifacts }: Storage,
): Environment => ({
  [environmentNames.dataBucket]: data.bucket.bucketName,
  [environmentNames.artifactBucket]: artifacts.bucket.bucketName,
  [environmentNames.predictMemory]: String(functions.predict.memoryMb),
  [environmentNames.predictArchitecture]: architecture,
});

/** Functions that answer HTTPS: they read the scopes of tokens. */
const httpFunctions: ReadonlySet<string> = new Set(routes.map((route) => route.function));

function ownEnvironment(name: FunctionName, { access, defaultModel }: StageConfig): Environment {
  return {
    ...(name === 'predict' &&
      defaultModel !== undefined && { [environmentNames.defaultModel]: defaultModel }),
    ...(access.kind === 'cognito' &&
      httpFunctions.has(name) && { [environmentNames.resourceServer]: access.resourceServer }),
  };
}

/** Lambda takes 4 KB of variables; what is left is for their names and the other ones. */
const maxGrantsBytes = 3500;

function grantsOf(scope: Construct, { access, stage }: StageConfig): Record<string, string> {
  const keys = access.kind === 'keys' ? access.keys : {};
  const grants = Object.entries(keys).map(([name, { scopes, models, limits }]) => [
    nameIn(scope, name),
    { scopes, models, ...(limits && { limits }) },
  ]);
  const text = JSON.stringify(Object.fromEntries(grants));
  if (Buffer.byteLength(text) > maxGrantsBytes) {
    throw new Error(
      `Environment "${stage}": access.keys take ${text.length} bytes, ${maxGrantsBytes} fit; use fewer keys or shorter lists of models.`,
    );
  }
  return { [environmentNames.grants]: text };
}

/** API Gateway lists its keys to whoever may read them all: rights on single keys would have to name them beforehand. */
function readKeys(scope: Construct): Right {
  const { partition, region } = Stack.of(scope);
  return { actions: ['apigateway:GET'], resources: [`arn:${partition}:apigateway:${region}::/apikeys`] };
}
