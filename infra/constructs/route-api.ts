/** A REST API made from the route table: every route with its function, its scope and the schema of its body. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  AccessLogField,
  AccessLogFormat,
  ApiKeySourceType,
  type DomainNameOptions,
  EndpointType,
  type IModel,
  type JsonSchema,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  type MethodOptions,
  ResponseTransferMode,
  RestApi,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { binaryMediaTypes, gatewayLimits } from '../../lib/contracts/gateway.ts';
import type { HttpFunction, Route } from '../../lib/contracts/routes.ts';
import type { StageConfig } from '../config.ts';
import { gatewayResponses } from './gateway-refusals.ts';
import { idOf, nameIn } from './names.ts';
import { bodySchemaOf } from './request-models.ts';

/** What an API is made of. */
export interface RouteApiProps {
  readonly routes: readonly Route[];
  readonly functions: Readonly<Partial<Record<HttpFunction, IFunction>>>;
  readonly config: StageConfig;
  /** How the callers of a route prove who they are. */
  readonly authorize: (route: Route) => MethodOptions;
}

/**
 * The API. A body is checked by API Gateway where its refusal says no less than the function's own would, see
 * `bodySchemaOf`; a route with `streams` is answered piece by piece.
 */
export class RouteApi extends Construct {
  readonly api: RestApi;
  readonly accessLog: LogGroup;

  constructor(scope: Construct, id: string, { routes, functions, config, authorize }: RouteApiProps) {
    super(scope, id);
    this.accessLog = this.#logGroup('AccessLog', config);
    this.api = new RestApi(this, 'Api', {
      restApiName: nameIn(this, 'api'),
      endpointTypes: [EndpointType.REGIONAL],
      apiKeySourceType: ApiKeySourceType.AUTHORIZER,
      binaryMediaTypes: config.api.binaryBodies === 'all' ? ['*/*'] : [...binaryMediaTypes],
      cloudWatchRole: true,
      ...(config.api.domain && { domainName: this.#domain(config.api.domain) }),
      deployOptions: {
        stageName: config.stage,
        throttlingRateLimit: config.api.throttle.requestsPerSecond,
        throttlingBurstLimit: config.api.throttle.burst,
        accessLogDestination: new LogGroupLogDestination(this.accessLog),
        accessLogFormat,
        // Errors of the gateway itself; never bodies, which only `dataTraceEnabled` would write.
        loggingLevel: MethodLoggingLevel.ERROR,
        dataTraceEnabled: false,
      },
    });
    // API Gateway would make this one itself, and keep its lines for ever.
    const executionLog = this.#logGroup(
      'ExecutionLog',
      config,
      `API-Gateway-Execution-Logs_${this.api.restApiId}/${config.stage}`,
    );
    this.api.deploymentStage.node.addDependency(executionLog);
    for (const { id: name, ...options } of gatewayResponses) this.api.addGatewayResponse(name, options);
    const checked = this.api.addRequestValidator('Body', { validateRequestBody: true });
    const integrations = integrationsOf(functions);
    for (const route of routes) {
      const model = config.api.binaryBodies === 'all' ? null : this.#modelOf(route);
      const method = this.api.root.resourceForPath(route.path).addMethod(route.method, integrations(route), {
        operationName: route.id,
        ...authorize(route),
        ...(model && { requestModels: { 'application/json': model }, requestValidator: checked }),
      });
      if (route.scope === 'none') {
        for (const id of ['AwsSolutions-APIG4', 'AwsSolutions-COG4']) {
          Validations.of(method).acknowledge({ id, reason: openRoute });
        }
      }
    }
    Validations.of(this.api).acknowledge(...kept);
  }

  #domain({
    name,
    certificateArn,
  }: {
    readonly name: string;
    readonly certificateArn: string;
  }): DomainNameOptions {
    return {
      domainName: name,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS_1_2,
    };
  }

  #modelOf(route: Route): IModel | null {
    const schema = bodySchemaOf(route);
    if (!schema) return null;
    const modelName = idOf(route.id);
    const description = `The body of ${route.method} ${route.path}`;
    return this.api.addModel(modelName, {
      modelName,
      description,
      contentType: 'application/json',
      schema: schema as JsonSchema,
    });
  }

  #logGroup(id: string, { logs, removal }: StageConfig, logGroupName?: string): LogGroup {
    return new LogGroup(this, id, {
      retention: logs.retentionDays as RetentionDays,
      removalPolicy: removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      ...(logGroupName !== undefined && { logGroupName }),
    });
  }
}

const openRoute =
  'The route table opens this route to everybody: it tells that the service is up or what it offers, and nothing of its data.';

const kept = [
  {
    id: 'AwsSolutions-APIG2',
    reason:
      'Each method says by itself whether its body is checked: rows of a model are judged by its function alone.',
  },
  {
    id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
    reason:
      'The account has one role by which API Gateway writes logs, and AWS says in this policy what it needs.',
  },
];

/** One integration for each function and way of answering, so that each may be called by one permission. */
function integrationsOf(functions: RouteApiProps['functions']) {
  const made = new Map<string, LambdaIntegration>();
  return (route: Route): LambdaIntegration => {
    const streams = route.streams === true;
    const answering = functions[route.function];
    if (!answering) throw new Error(`Route ${route.id}: there is no function "${route.function}".`);
    const key = `${route.function} ${streams}`;
    const integration =
      made.get(key) ??
      new LambdaIntegration(answering, {
        scopePermissionToMethod: false,
        // Without a time of its own even a stream would end after the 29 seconds that other answers have.
        ...(streams && {
          responseTransferMode: ResponseTransferMode.STREAM,
          timeout: Duration.millis(gatewayLimits.streamTimeoutMs),
        }),
      });
    made.set(key, integration);
    return integration;
  };
}

/** Who asked for what and how it went; no bodies, no queries, no addresses of people. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    time: AccessLogField.contextRequestTimeEpoch(),
    request_id: AccessLogField.contextRequestId(),
    caller: AccessLogField.contextAuthorizerPrincipalId(),
    method: AccessLogField.contextHttpMethod(),
    route: AccessLogField.contextResourcePath(),
    status: AccessLogField.contextStatus(),
    bytes: AccessLogField.contextResponseLength(),
    ms: AccessLogField.contextResponseLatency(),
    function_ms: AccessLogField.contextIntegrationLatency(),
    refusal: AccessLogField.contextErrorResponseType(),
  }),
);
