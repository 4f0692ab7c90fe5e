/** One of our functions with its defaults, its environment and its rights together. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import type { FunctionName, FunctionSettings } from '../function-settings.ts';
import { nameIn } from './names.ts';
import { allow, type Right } from './rights.ts';

/** What a function needs. */
export interface ModelFunctionProps {
  /** Its folder below `functions`. */
  readonly name: FunctionName;
  readonly config: StageConfig;
  /** Folder that holds the folder of each function, as it is deployed. */
  readonly codeFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly rights: readonly Right[];
}

/**
 * A Lambda function whose role may write its own log and do what `rights` say, and nothing else.
 *
 * @example
 * new ModelFunction(this, 'Predict', { name: 'predict', config, codeFolder, environment, rights: data.rights({ read: ['models/*'] }) });
 */
export class ModelFunction extends Construct {
  readonly function: LambdaFunction;
  readonly settings: FunctionSettings;
  readonly logGroup: LogGroup;
  readonly #role: Role;

  constructor(scope: Construct, id: string, props: ModelFunctionProps) {
    super(scope, id);
    const { name, config, codeFolder, environment, rights } = props;
    this.settings = config.functions[name];
    const { memoryMb, timeoutSeconds, temporaryMb, reservedConcurrency } = this.settings;
    this.logGroup = new LogGroup(this, 'Log', {
      retention: config.logs.retentionDays as RetentionDays,
      removalPolicy: config.removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.function = new LambdaFunction(this, 'Function', {
      functionName: nameIn(this, name),
      runtime: Runtime.NODEJS_24_X,
      architecture: config.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      handler: 'index.handler',
      code: Code.fromAsset(folderOf(codeFolder, name)),
      memorySize: memoryMb,
      timeout: Duration.seconds(timeoutSeconds),
      ephemeralStorageSize: Size.mebibytes(temporaryMb),
      ...(reservedConcurrency !== undefined && { reservedConcurrentExecutions: reservedConcurrency }),
      role: this.#role,
      logGroup: this.logGroup,
      environment: {
        POWERTOOLS_LOG_LEVEL: config.logs.level,
        POWERTOOLS_METRICS_NAMESPACE: metricNamespace(config),
        ...environment,
      },
    });
    allow(this.#role, {
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [this.logGroup.logGroupArn],
    });
    for (const right of rights) this.allow(right);
  }

  /** Adds a right. */
  allow(right: Right): void {
    allow(this.#role, right);
  }

  /** Adds rights together with the variables that tell the function what to use them on. */
  bind(environment: Readonly<Record<string, string>>, rights: readonly Right[]): void {
    for (const [name, value] of Object.entries(environment)) this.function.addEnvironment(name, value);
    for (const right of rights) this.allow(right);
  }
}

/** Where the functions of an environment count. */
export const metricNamespace = ({ stage }: StageConfig): string => `Onramp/${stage}`;

function folderOf(codeFolder: string, name: string): string {
  const folder = join(codeFolder, name);
  if (existsSync(join(folder, 'index.js'))) return folder;
  throw new Error(`${folder} holds no built function; run "npm run package" before "cdk deploy".`);
}
