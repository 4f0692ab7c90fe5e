/** The HTTPS API: who may call it, how often, and what stands before it. */
import { CfnOutput, Duration, Validations } from 'aws-cdk-lib';
import {
  ApiKey,
  AuthorizationType,
  type CfnAuthorizer,
  CognitoUserPoolsAuthorizer,
  type MethodOptions,
  Period,
  RequestAuthorizer,
  UsagePlan,
} from 'aws-cdk-lib/aws-apigateway';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { type Route, routes } from '../../lib/contracts/routes.ts';
import type { AccessSettings, StageConfig } from '../config.ts';
import { ApiFirewall } from '../constructs/api-firewall.ts';
import { idOf, nameIn } from '../constructs/names.ts';
import { RouteApi } from '../constructs/route-api.ts';
import type { FunctionTable } from './functions.ts';

/** What the API is made of. */
export interface ApiProps {
  readonly config: StageConfig;
  readonly functions: FunctionTable;
  /** Default: the route table. */
  readonly routes?: readonly Route[] | undefined;
}

const noUserPool = {
  id: 'AwsSolutions-COG4',
  reason:
    'Callers are programs: they prove who they are by API keys or by AWS credentials, as the settings choose.',
};

const noFirewall = {
  id: 'AwsSolutions-APIG3',
  reason:
    'A firewall costs money while nobody asks; keys and throttles stand before the functions, and "api.firewall" adds it.',
};

/** The API with its callers. */
export class Api extends Construct {
  readonly routes: RouteApi;

  constructor(scope: Construct, id: string, { config, functions, routes: table = routes }: ApiProps) {
    super(scope, id);
    const { predict, generate, control, import: importer } = functions;
    this.routes = new RouteApi(this, 'Routes', {
      routes: table,
      functions: {
        predict: predict.function,
        generate: generate.function,
        control: control.function,
        import: importer.function,
      },
      config,
      authorize: this.#authorization(config.access, functions),
    });
    if (config.access.kind === 'keys') this.#addKeys(config.access);
    if (config.access.kind !== 'cognito') Validations.of(this).acknowledge(noUserPool);
    if (config.api.firewall) new ApiFirewall(this, 'Firewall', { api: this.routes.api });
    else Validations.of(this).acknowledge(noFirewall);
    this.#tellAddress(config);
  }

  #tellAddress({ api: { domain } }: StageConfig): void {
    const { api } = this.routes;
    const value = domain ? `https://${domain.name}/` : api.url;
    new CfnOutput(this, 'Url', { value, description: 'The address of the API' });
    if (!api.domainName) return;
    new CfnOutput(this, 'DomainTarget', {
      value: api.domainName.domainNameAliasDomainName,
      description: 'What the DNS entry of the domain points to',
    });
  }

  #authorization(access: AccessSettings, functions: FunctionTable): (route: Route) => MethodOptions {
    const open: MethodOptions = { authorizationType: AuthorizationType.NONE };
    if (access.kind === 'iam') {
      return ({ scope }) => (scope === 'none' ? open : { authorizationType: AuthorizationType.IAM });
    }
    if (access.kind === 'cognito') {
      const pool = UserPool.fromUserPoolArn(this, 'UserPool', access.userPoolArn);
      const authorizer = new CognitoUserPoolsAuthorizer(this, 'Tokens', { cognitoUserPools: [pool] });
      const scopesOf = ({ scope }: Route): string[] =>
        // Whoever may change something may look at it.
        (scope === 'read' ? ['read', 'manage'] : [scope]).map((one) => `${access.resourceServer}/${one}`);
      return (route) =>
        route.scope === 'none' ? open : { authorizer, authorizationScopes: scopesOf(route) };
    }
    const authorizer = new RequestAuthorizer(this, 'Keys', {
      handler: functions.authorize!.function,
      // A key may come in one of two headers. An answer could be kept only under headers that are there each time.
      identitySources: [],
      resultsCacheTtl: Duration.seconds(0),
    });
    // An empty list would become an empty text.
    (authorizer.node.defaultChild as CfnAuthorizer).identitySource = undefined;
    return ({ scope }) => (scope === 'none' ? open : { authorizer, apiKeyRequired: true });
  }

  /** Keys without values, which API Gateway makes and keeps; `authorize` finds them by their names. */
  #addKeys({ plans, keys }: Extract<AccessSettings, { kind: 'keys' }>): void {
    const { api } = this.routes;
    const made = Object.entries(plans).map(([name, { requestsPerSecond, burst, requestsPerMonth }]) => {
      const plan = new UsagePlan(this, `Plan${idOf(name)}`, {
        name: nameIn(this, name),
        throttle: { rateLimit: requestsPerSecond, burstLimit: burst },
        quota: { limit: requestsPerMonth, period: Period.MONTH },
        apiStages: [{ stage: api.deploymentStage }],
      });
      return [name, plan] as const;
    });
    const planOf = new Map(made);
    for (const [name, { plan }] of Object.entries(keys)) {
      const key = new ApiKey(this, `Key${idOf(name)}`, { apiKeyName: nameIn(this, name) });
      planOf.get(plan)!.addApiKey(key);
      new CfnOutput(this, `KeyId${idOf(name)}`, {
        value: key.keyId,
        description: `Its value: aws apigateway get-api-key --include-value --query value --output text --api-key <this>`,
      });
    }
  }
}
