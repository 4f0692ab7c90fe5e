/** The properties of the resources in templates, as far as the tests look at them. What may be a reference is `unknown`. */

/** A list that is not empty. */
type Some<T> = readonly [T, ...T[]];

/** One thing that a policy allows or denies. */
export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
  readonly Principal?: '*' | { readonly AWS?: unknown };
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
}

/** A document with what a policy allows and denies. */
export interface PolicyDocument {
  readonly Statement: Statement | readonly Statement[];
}

/** What resources of any type may have. */
export interface AnyProperties {
  readonly PolicyDocument?: PolicyDocument;
  readonly Policies?: readonly { readonly PolicyDocument: PolicyDocument }[];
}

interface BucketProperties {
  readonly PublicAccessBlockConfiguration: object;
  readonly BucketEncryption: {
    readonly ServerSideEncryptionConfiguration: Some<{
      readonly ServerSideEncryptionByDefault: {
        readonly SSEAlgorithm: string;
        readonly KMSMasterKeyID?: unknown;
      };
    }>;
  };
  readonly NotificationConfiguration?: {
    readonly EventBridgeConfiguration: { readonly EventBridgeEnabled: boolean };
  };
  readonly VersioningConfiguration: { readonly Status: string };
  readonly LifecycleConfiguration?: {
    readonly Rules: readonly {
      readonly Prefix?: string;
      readonly ExpirationInDays: number;
      readonly NoncurrentVersionExpiration: { readonly NoncurrentDays: number };
    }[];
  };
}

interface RuleProperties {
  readonly ScheduleExpression?: string;
  readonly EventPattern?: {
    readonly source: readonly string[];
    readonly detail: {
      readonly bucket: { readonly name: Some<unknown> };
      readonly object: { readonly key: Some<{ readonly wildcard: string }> };
      readonly RoleArn: Some<unknown>;
      readonly TrainingJobStatus: readonly string[];
    };
  };
  readonly Targets: Some<{
    readonly Arn: unknown;
    readonly DeadLetterConfig: { readonly Arn: unknown };
  }>;
}

interface MethodProperties {
  readonly HttpMethod: string;
  readonly ResourceId: unknown;
  readonly OperationName: string;
  readonly AuthorizationType: string;
  readonly AuthorizationScopes?: readonly string[];
  readonly RequestValidatorId?: unknown;
  readonly RequestModels: Readonly<Record<string, unknown>>;
  readonly Integration: {
    readonly Uri: unknown;
    readonly ResponseTransferMode?: string;
    readonly TimeoutInMillis?: number;
  };
}

interface EndpointConfigProperties {
  readonly ExecutionRoleArn?: unknown;
  readonly ProductionVariants: readonly { readonly InitialVariantWeight?: number }[];
  readonly AsyncInferenceConfig?: { readonly OutputConfig: { readonly S3OutputPath: unknown } };
  readonly DataCaptureConfig?: { readonly DestinationS3Uri: unknown };
}

/** Properties by type of resource. */
interface PropertiesByType {
  'AWS::ApiGateway::ApiKey': { readonly Name: string };
  'AWS::ApiGateway::GatewayResponse': { readonly ResponseTemplates: { readonly 'application/json': string } };
  'AWS::ApiGateway::Method': MethodProperties;
  'AWS::ApiGateway::Model': { readonly Name: string; readonly Schema: object };
  'AWS::ApiGateway::Resource': { readonly ParentId: unknown; readonly PathPart: string };
  'AWS::ApiGateway::RestApi': {
    readonly ApiKeySourceType: string;
    readonly BinaryMediaTypes: readonly string[];
  };
  'AWS::ApiGateway::Stage': {
    readonly AccessLogSetting: { readonly Format: string };
    readonly MethodSettings: readonly object[];
  };
  'AWS::ApplicationAutoScaling::ScalableTarget': {
    readonly ResourceId: string;
    readonly MinCapacity: number;
    readonly MaxCapacity: number;
  };
  'AWS::Budgets::Budget': { readonly Budget: { readonly BudgetLimit: object } };
  'AWS::CloudWatch::Alarm': {
    readonly AlarmName?: string;
    readonly MetricName?: string;
    readonly AlarmActions?: Some<unknown>;
  };
  'AWS::Events::Rule': RuleProperties;
  'AWS::Lambda::EventSourceMapping': {
    readonly EventSourceArn: unknown;
    readonly FunctionName: unknown;
    readonly FunctionResponseTypes: readonly string[];
  };
  'AWS::Lambda::Function': {
    readonly FunctionName: string;
    readonly MemorySize: number;
    /** Seconds. */
    readonly Timeout: number;
    readonly LoggingConfig: { readonly LogGroup: unknown };
    readonly Environment: { readonly Variables: Readonly<Record<string, unknown>> };
  };
  'AWS::Lambda::EventInvokeConfig': {
    readonly DestinationConfig: { readonly OnFailure: { readonly Destination: unknown } };
  };
  'AWS::Lambda::Permission': {
    readonly Principal: string;
    readonly FunctionName: unknown;
    readonly SourceArn: unknown;
  };
  'AWS::Logs::SubscriptionFilter': {
    readonly LogGroupName: unknown;
    readonly DestinationArn: unknown;
    readonly FilterPattern: string;
  };
  'AWS::Logs::LogGroup': { readonly RetentionInDays?: number } | undefined;
  'AWS::S3::Bucket': BucketProperties;
  'AWS::SQS::Queue': {
    readonly RedrivePolicy?: { readonly deadLetterTargetArn: unknown };
    /** Seconds. */
    readonly VisibilityTimeout: number;
    readonly DelaySeconds?: number;
  };
  'AWS::SageMaker::EndpointConfig': EndpointConfigProperties;
  'AWS::SageMaker::InferenceComponent': object;
  'AWS::SageMaker::Model': {
    readonly PrimaryContainer: {
      readonly Image: string;
      readonly Environment: Readonly<Record<string, string>>;
      readonly ModelDataSource?: { readonly S3DataSource: object };
    };
  };
  'AWS::WAFv2::WebACL': { readonly Rules: readonly object[] };
}

/** The properties of the resources of a type. */
export type PropertiesOf<T extends string> = T extends keyof PropertiesByType ? PropertiesByType[T] : unknown;
