/** One file for all templates: each process that loads the CDK pays seconds for it. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { environments } from '../../infra/environments.ts';
import { functionNames } from '../../infra/function-settings.ts';
import { parseEndpointModels } from '../../lib/contracts/endpoint-models.ts';
import { subscriptions } from '../../lib/contracts/events.ts';
import { jobLimits } from '../../lib/contracts/jobs.ts';
import { accessLinePattern } from '../../lib/contracts/log-delivery.ts';
import { routes } from '../../lib/contracts/routes.ts';
import { architectureDiagram, type Template } from '../../scripts/architecture-diagram.ts';
import { type Synthesised, synthesise, textOf } from './cdk-stacks.ts';
import { everything } from './everything.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

const cognito = {
  kind: 'cognito',
  userPoolArn: 'arn:aws:cognito-idp:eu-central-1:111122223333:userpool/eu-central-1_abc',
} as const;

const made: Record<string, Synthesised> = {};

beforeAll(() => {
  made.dev = synthesise(environments.dev!);
  made.everything = synthesise(everything, { stage: 'prod' });
  made.iam = synthesise({ access: { kind: 'iam' } });
  made.cognito = synthesise({ access: cognito });
}, 240_000);

/** The path of a resource of API Gateway, from its parents. */
function pathOf({ ofType }: Synthesised, reference: unknown): string {
  const resource = ofType('AWS::ApiGateway::Resource').find(({ id }) => textOf(reference) === `<${id}>`);
  if (!resource) return '';
  return `${pathOf({ ofType } as Synthesised, resource.properties.ParentId)}/${resource.properties.PathPart}`;
}

const statementsOf = ({ resources }: Synthesised) =>
  resources.flatMap(({ id, type, properties }) => {
    const documents =
      type === 'AWS::IAM::Role'
        ? (properties?.Policies ?? []).map((policy) => policy.PolicyDocument)
        : [properties?.PolicyDocument ?? { Statement: [] }];
    return documents.flatMap((document) =>
      list(document.Statement).map((statement) => ({ id, type, ...statement })),
    );
  });

describe.each(['dev', 'everything', 'iam', 'cognito'])('the stack with the settings "%s"', (name) => {
  const it_ = (title: string, check: (stack: Synthesised) => void) => it(title, () => check(made[name]!));

  // That cdk-nag finds nothing else, `synthesise` sees to: it throws.
  it_('says why of everything that cdk-nag finds', ({ acknowledged }) => {
    expect(acknowledged.length).toBeGreaterThan(10);
    expect(acknowledged.filter(({ reason }) => reason.length < 40)).toEqual([]);
  });

  it_('has each route of the table and no other, before its function', (stack) => {
    const methods = stack.ofType('AWS::ApiGateway::Method').map(({ properties }) => {
      const uri = textOf(properties.Integration.Uri);
      return `${properties.HttpMethod} ${pathOf(stack, properties.ResourceId)} ${/<Functions([A-Z][a-z]+)Function/.exec(uri)?.[1]?.toLowerCase()}`;
    });

    expect(methods.sort()).toEqual(
      routes.map((line) => `${line.method} ${line.path} ${line.function}`).sort(),
    );
  });

  it_('lets nobody ask without proof of who they are, but where the table says so', (stack) => {
    const wanted = { dev: 'CUSTOM', everything: 'CUSTOM', iam: 'AWS_IAM', cognito: 'COGNITO_USER_POOLS' }[
      name
    ];
    const open = stack
      .ofType('AWS::ApiGateway::Method')
      .filter(({ properties }) => properties.AuthorizationType !== wanted)
      .map(({ properties }) => `${properties.AuthorizationType} ${properties.OperationName}`);

    expect(open.sort()).toEqual(
      routes
        .filter(({ scope }) => scope === 'none')
        .map(({ id }) => `NONE ${id}`)
        .sort(),
    );
  });

  it_('allows no action by a wildcard, and no resource by one without a reason', (stack) => {
    const allowed = statementsOf(stack).filter(({ Effect }) => Effect === 'Allow');
    const actions = allowed.flatMap(({ id, Action }) => list(Action).map((action) => `${id} ${action}`));
    const wild = allowed.flatMap(({ Resource }) =>
      list(Resource ?? [])
        .map(textOf)
        .filter((resource) => resource.includes('*')),
    );
    const reasoned = new Set(stack.acknowledged.map(({ id }) => id));

    expect(allowed.length).toBeGreaterThan(20);
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
    expect(wild.filter((resource) => !reasoned.has(`AwsSolutions-IAM5[Resource::${resource}]`))).toEqual([]);
  });

  it_('puts dead letters behind every queue, and six times its function before a second try', (stack) => {
    const queues = stack.ofType('AWS::SQS::Queue');
    const isDeadLetters = ({ id }: { readonly id: string }): boolean =>
      queues.some(
        ({ properties }) => textOf(properties.RedrivePolicy?.deadLetterTargetArn ?? '') === `<${id}.Arn>`,
      );
    const fed = stack.ofType('AWS::Lambda::EventSourceMapping').map(({ properties }) => {
      const queue = queues.find(({ id }) => textOf(properties.EventSourceArn) === `<${id}.Arn>`);
      const worker = stack
        .ofType('AWS::Lambda::Function')
        .find(({ id }) => textOf(properties.FunctionName) === `<${id}>`);
      expect(properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
      return { queue: queue!.id, ratio: queue!.properties.VisibilityTimeout / worker!.properties.Timeout };
    });

    // What failed to the end of a function that is called without a queue.
    const takesFailures = ({ id }: { readonly id: string }): boolean =>
      stack
        .ofType('AWS::Lambda::EventInvokeConfig')
        .some(
          ({ properties }) => textOf(properties.DestinationConfig.OnFailure.Destination) === `<${id}.Arn>`,
        );
    const lost = queues.filter(
      (queue) => !queue.properties.RedrivePolicy && !isDeadLetters(queue) && !takesFailures(queue),
    );

    expect(lost).toEqual([]);
    expect(fed.filter(({ ratio }) => ratio < 6)).toEqual([]);
    const waits = name === 'everything' ? 0 : 1;
    expect(new Set(fed.map(({ queue }) => queue)).size).toBe(
      new Set(subscriptions.map((line) => line.function)).size - waits,
    );
  });

  it_('has private buckets, over TLS only, and encrypts what is in them', (stack) => {
    const buckets = stack.ofType('AWS::S3::Bucket');
    const refusals = statementsOf(stack).filter(
      ({ type, Effect, Condition }) =>
        type === 'AWS::S3::BucketPolicy' &&
        Effect === 'Deny' &&
        Condition?.Bool?.['aws:SecureTransport'] === 'false',
    );
    const strangers = statementsOf(stack).filter(
      ({ Effect, Principal }) => Effect === 'Allow' && (Principal === '*' || Principal?.AWS === '*'),
    );

    expect(buckets).toHaveLength(3);
    for (const { properties } of buckets) {
      expect(properties.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(properties.BucketEncryption).toBeDefined();
    }
    expect(refusals).toHaveLength(buckets.length);
    expect(strangers).toEqual([]);
  });

  it_('keeps every log for a time, and gives every function one', (stack) => {
    const groups = stack.ofType('AWS::Logs::LogGroup');
    const functions = stack.ofType('AWS::Lambda::Function');

    expect(groups.filter(({ properties }) => !((properties?.RetentionInDays ?? 0) > 0))).toEqual([]);
    for (const { properties } of functions) {
      const group = textOf(properties.LoggingConfig.LogGroup);
      expect(groups.map(({ id }) => `<${id}>`)).toContain(group);
    }
  });

  it_('stays far from the 500 resources that one stack may have', ({ resources }) => {
    expect(resources.length).toBeLessThan(400);
  });
});

describe('the environments', () => {
  it('say in the template whose resources they are', () => {
    const [predict] = made.everything!.ofType('AWS::Lambda::Function').filter(({ id }) => /Predict/.test(id));

    expect(predict!.properties).toMatchObject({
      FunctionName: 'onramp-prod-predict',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Tags: [
        { Key: 'onramp:stage', Value: 'prod' },
        { Key: 'team', Value: 'heart' },
      ],
    });
  });

  it('keep the data of prod and let go of those of dev', () => {
    const policies = (name: string) =>
      new Set(made[name]!.ofType('AWS::S3::Bucket').map(({ deletionPolicy }) => deletionPolicy));

    expect(policies('dev')).toEqual(new Set(['Delete']));
    expect(policies('everything')).toEqual(new Set(['Retain']));
  });

  it('encrypt by the key of S3 in KMS, or by one of their own that functions may use', () => {
    const algorithms = (name: string) =>
      made[name]!.ofType('AWS::S3::Bucket')
        .map(({ properties }) => properties.BucketEncryption.ServerSideEncryptionConfiguration[0])
        .map(
          ({ ServerSideEncryptionByDefault: by }) =>
            `${by.SSEAlgorithm} ${by.KMSMasterKeyID ? 'own' : 'given'}`,
        )
        .sort();

    expect(algorithms('dev')).toEqual(['AES256 given', 'aws:kms given', 'aws:kms given']);
    expect(algorithms('everything')).toEqual(['AES256 given', 'aws:kms own', 'aws:kms own']);
    expect(made.dev!.ofType('AWS::KMS::Key')).toEqual([]);
    const users = statementsOf(made.everything!).filter(({ Action }) => list(Action).includes('kms:Decrypt'));
    expect(users.length).toBeGreaterThanOrEqual(functionNames.length - 1);
  });

  it('start with functions that an account has room for when it is new', () => {
    const functions = made.dev!.ofType('AWS::Lambda::Function');

    expect(functions.map(({ properties }) => properties.FunctionName).sort()).toEqual(
      functionNames.filter((name) => name !== 'call').map((name) => `onramp-dev-${name}`),
    );
    expect(functions.filter(({ properties }) => properties.MemorySize > 3008)).toEqual([]);
    expect(functions.filter(({ properties }) => 'ReservedConcurrentExecutions' in properties)).toEqual([]);
  });

  it('take larger functions and set executions aside where they are told', () => {
    const [train] = made.everything!.ofType('AWS::Lambda::Function').filter(({ id }) => /Train/.test(id));

    expect(train!.properties).toMatchObject({ MemorySize: 10_240, ReservedConcurrentExecutions: 3 });
  });
});

/** The value that a reference has once it is deployed, as far as the environment of a function cares. */
function deployed(value: unknown, { resources }: Synthesised): string {
  const arns: Readonly<Record<string, string>> = {
    'AWS::IAM::Role': 'arn:aws:iam::111122223333:role/',
    'AWS::SQS::Queue': 'arn:aws:sqs:eu-central-1:111122223333:',
    'AWS::KMS::Key': 'arn:aws:kms:eu-central-1:111122223333:key/',
  };
  const typeOf = (id: string): string => resources.find((resource) => resource.id === id)!.type;
  return textOf(value)
    .replace(/<([^>]*)\.Arn>/g, (_, id) => `${arns[typeOf(id)]}${id}`)
    .replace(/<([^>]*)>/g, (_, id) => (typeOf(id) === 'AWS::S3::Bucket' ? id.toLowerCase() : id));
}

test.each(['dev', 'everything', 'iam', 'cognito'])(
  'every function of "%s" starts with the environment that the template gives it, and nothing else',
  async (name) => {
    const functions = made[name]!.ofType('AWS::Lambda::Function');
    // What Lambda's runtime brings along for functions that answer piece by piece.
    const load = (folder: string) =>
      `globalThis.awslambda = { streamifyResponse: (handler) => handler }; const { handler } = await import(${JSON.stringify(folder)}); if (typeof handler !== 'function') process.exit(2);`;

    const started = await Promise.all(
      functions.map(async ({ properties }) => {
        const env = Object.entries(properties.Environment.Variables).map(([key, value]) => [
          key,
          deployed(value, made[name]!),
        ]);
        const folder = properties.FunctionName.replace(/^onramp-[a-z]+-/, '');
        const code = load(pathToFileURL(`${root}/dist/${folder}/index.js`).href);
        await run(process.execPath, ['--input-type=module', '--eval', code], {
          cwd: root,
          env: {
            ...Object.fromEntries(env),
            AWS_REGION: 'eu-central-1',
            AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
          },
        });
        return folder;
      }),
    );

    // No keys, no authorizer; no endpoints, nothing that waits for them.
    const absent = { dev: 1, everything: 0, iam: 2, cognito: 2 }[name];
    expect(started.length).toBe(functionNames.length - absent!);
  },
  120_000,
);

test('bad call: a function without its environment does not start, and names what is missing', async () => {
  const code = `await import(${JSON.stringify(pathToFileURL(`${root}/dist/predict/index.js`).href)});`;

  const start = run(process.execPath, ['--input-type=module', '--eval', code], { cwd: root, env: {} });

  await expect(start).rejects.toThrow(/ONRAMP_DATA_BUCKET is not set/);
});

test('functions are told what they cannot know: the default model, the size that costs are told of, whose tokens', () => {
  const variables = (name: string, folder: string): Record<string, unknown> =>
    made[name]!.ofType('AWS::Lambda::Function').find(({ properties }) =>
      properties.FunctionName.endsWith(`-${folder}`),
    )!.properties.Environment.Variables;

  expect(variables('everything', 'predict')).toMatchObject({
    ONRAMP_MODEL: 'heart',
    POWERTOOLS_METRICS_NAMESPACE: 'Onramp/prod',
  });
  expect(variables('dev', 'control')).toMatchObject({
    ONRAMP_PREDICT_MEMORY_MB: '1024',
    ONRAMP_PREDICT_ARCHITECTURE: 'arm64',
  });
  expect(variables('cognito', 'import')).toMatchObject({ ONRAMP_RESOURCE_SERVER: 'onramp' });
  expect(Object.keys(variables('everything', 'train'))).toEqual(
    expect.arrayContaining([
      'ONRAMP_TRAINING_IMAGE',
      'ONRAMP_TRAINING_ROLE_ARN',
      'ONRAMP_TRAINING_BUCKET_KEY_ARN',
    ]),
  );
});

describe('events', () => {
  /** Where there are no endpoints, nothing waits for any. */
  const usual = subscriptions.filter(({ function: name }) => name !== 'call');

  it('go from the key of an object to the queue of the function that the event table names', () => {
    const rules = made.dev!.ofType('AWS::Events::Rule').map(({ properties: { EventPattern, Targets } }) => ({
      bucket: textOf(EventPattern!.detail.bucket.name[0]),
      keys: EventPattern!.detail.object.key[0].wildcard,
      to: textOf(Targets[0].Arn),
      deadLetters: textOf(Targets[0].DeadLetterConfig.Arn),
    }));

    expect(rules.map(({ keys }) => keys).sort()).toEqual(usual.map(({ keys }) => keys).sort());
    for (const line of usual) {
      const rule = rules.find(({ keys }) => keys === line.keys);
      const worker = line.function.charAt(0).toUpperCase() + line.function.slice(1);
      expect(rule!.to).toMatch(new RegExp(`^<Events${worker}Queue[0-9A-F]{8}\\.Arn>$`));
      expect(rule!.deadLetters).toMatch(new RegExp(`^<Events${worker}DeadLetters[0-9A-F]{8}\\.Arn>$`));
      expect(rule!.bucket).toMatch(line.bucket === 'data' ? /^<StorageData/ : /^<StorageArtifacts/);
    }
  });

  it('about endpoints that are due wait a while before their function looks after them', () => {
    const { everything } = made;
    const rule = everything!
      .ofType('AWS::Events::Rule')
      .find(
        ({ properties }) =>
          properties.EventPattern?.detail.object?.key[0].wildcard === 'jobs/*/visits/*.json',
      );
    const queue = everything!
      .ofType('AWS::SQS::Queue')
      .find(({ id }) => textOf(rule!.properties.Targets[0].Arn) === `<${id}.Arn>`);
    const delays = made.dev!.ofType('AWS::SQS::Queue').map(({ properties }) => properties.DelaySeconds);

    expect(queue!.properties).toMatchObject({ QueueName: 'onramp-prod-call', DelaySeconds: 5 });
    expect(new Set(delays)).toEqual(new Set([undefined]));
  });

  it('come from both buckets', () => {
    const senders = made
      .dev!.ofType('AWS::S3::Bucket')
      .filter(
        ({ properties }) =>
          properties.NotificationConfiguration?.EventBridgeConfiguration.EventBridgeEnabled === true,
      );

    expect(senders.map(({ properties }) => properties.VersioningConfiguration.Status)).toEqual([
      'Enabled',
      'Enabled',
    ]);
  });

  it('of a training job that ended reach train, if the job is of this environment', () => {
    const rules = made.everything!.ofType('AWS::Events::Rule').map(({ properties }) => properties);
    const ended = rules.find(({ EventPattern }) => EventPattern?.source[0] === 'aws.sagemaker');
    const timer = rules.find(({ ScheduleExpression }) => ScheduleExpression !== undefined);

    expect(textOf(ended!.Targets[0].Arn)).toMatch(/^<EventsTrainQueue/);
    expect(textOf(ended!.EventPattern!.detail.RoleArn[0])).toMatch(/^<TrainingRole/);
    expect(ended!.EventPattern!.detail.TrainingJobStatus).toContain('Failed');
    expect(textOf(timer!.Targets[0].Arn)).toMatch(/^<EventsTrainQueue/);
    expect(made.dev!.ofType('AWS::Events::Rule')).toHaveLength(usual.length);
  });
});

describe('what is kept', () => {
  it('of jobs goes as late as their promise says, and for good a day later', () => {
    const rules = made
      .dev!.ofType('AWS::S3::Bucket')
      .flatMap(({ properties }) => properties.LifecycleConfiguration?.Rules ?? [])
      .filter(({ Prefix }) => Prefix !== undefined);
    const days = Object.fromEntries(rules.map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays]));

    expect(days).toMatchObject({ 'jobs/': 7, 'job-keys/': 7, 'job-uploads/': 7, 'imports/': 2 });
    expect(days['jobs/'] * 86_400_000).toBeGreaterThanOrEqual(jobLimits.keptMs);
    expect(rules.map((rule) => rule.NoncurrentVersionExpiration.NoncurrentDays)).toEqual(rules.map(() => 1));
  });
});

describe('the API', () => {
  it('checks by the schemas of the table what no dialect but the native one says', () => {
    const { ofType } = made.dev!;
    const models = Object.fromEntries(
      ofType('AWS::ApiGateway::Model').map(({ properties }) => [properties.Name, properties.Schema]),
    );
    const checked = ofType('AWS::ApiGateway::Method').filter(
      ({ properties }) => properties.RequestValidatorId,
    );

    expect(Object.keys(models).sort()).toEqual(
      checked
        .map(({ properties }) =>
          textOf(properties.RequestModels['application/json']).replace(/^<.*Api|[0-9A-F]{8}>$/g, ''),
        )
        .sort(),
    );
    expect(models.PutModel).toMatchObject({
      $schema: 'http://json-schema.org/draft-04/schema#',
      required: ['dataset'],
      additionalProperties: false,
    });
    expect(checked.map(({ properties }) => properties.OperationName)).not.toContain('predict');
    expect(JSON.stringify(models)).not.toMatch(/propertyNames|prefixItems|"const"|"\$defs"/);
  });

  it('passes all bodies on as bytes where it is told to, and then checks none', () => {
    const { ofType } = made.everything!;

    expect(ofType('AWS::ApiGateway::RestApi')[0]!.properties.BinaryMediaTypes).toEqual(['*/*']);
    expect(ofType('AWS::ApiGateway::Model')).toEqual([]);
    expect(made.dev!.ofType('AWS::ApiGateway::RestApi')[0]!.properties.BinaryMediaTypes).toContain(
      'application/octet-stream',
    );
  });

  it('refuses in the shape of our errors', () => {
    const bodies = made
      .dev!.ofType('AWS::ApiGateway::GatewayResponse')
      .map(({ properties }) => JSON.parse(properties.ResponseTemplates['application/json']));

    expect(bodies.length).toBeGreaterThan(10);
    for (const { error } of bodies) {
      expect(Object.keys(error)).toEqual(['type', 'message', 'param', 'code', 'request_id']);
      expect(error.request_id).toBe('$context.requestId');
    }
  });

  it('writes who asked for what, and neither bodies nor queries nor addresses', () => {
    const [stage] = made.dev!.ofType('AWS::ApiGateway::Stage');
    const format = stage!.properties.AccessLogSetting.Format;

    expect(Object.values(JSON.parse(format)).sort()).toEqual([
      '$context.authorizer.principalId',
      '$context.error.responseType',
      '$context.httpMethod',
      '$context.integrationLatency',
      '$context.requestId',
      '$context.requestTimeEpoch',
      '$context.resourcePath',
      '$context.responseLatency',
      '$context.responseLength',
      '$context.status',
    ]);
    expect(stage!.properties.MethodSettings).toMatchObject([
      { DataTraceEnabled: false, LoggingLevel: 'ERROR', ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
    ]);
  });

  it('gives each key its plan and tells the authorizer what each may do', () => {
    const { ofType } = made.everything!;
    const keys = ofType('AWS::ApiGateway::ApiKey');
    const [authorize] = ofType('AWS::Lambda::Function').filter(({ id }) => /Authorize/.test(id));
    const plans = ofType('AWS::ApiGateway::UsagePlan').map(({ properties }) => properties);

    expect(keys.map(({ properties }) => properties.Name).sort()).toEqual([
      'onramp-prod-admin',
      'onramp-prod-team-a',
    ]);
    expect(keys.filter(({ properties }) => 'Value' in properties)).toEqual([]);
    expect(JSON.parse(textOf(authorize!.properties.Environment.Variables.ONRAMP_GRANTS))).toEqual({
      'onramp-prod-admin': { scopes: ['read', 'manage', 'predict'], models: ['*'] },
      'onramp-prod-team-a': { scopes: ['predict'], models: ['team-a-*', 'heart'] },
    });
    expect(plans).toMatchObject([
      { Quota: { Limit: 1000, Period: 'MONTH' }, Throttle: { RateLimit: 1, BurstLimit: 2 } },
      { Quota: { Limit: 5_000_000 }, Throttle: { RateLimit: 50 } },
    ]);
    expect(ofType('AWS::ApiGateway::UsagePlanKey')).toHaveLength(2);
    expect(ofType('AWS::ApiGateway::RestApi')[0]!.properties.ApiKeySourceType).toBe('AUTHORIZER');
  });

  it('has a name of its own where it is given one', () => {
    const [domain] = made.everything!.ofType('AWS::ApiGateway::DomainName');
    const outputs = Object.values(made.everything!.template.Outputs!).map((output) => JSON.stringify(output));

    expect(domain!.properties).toMatchObject({
      DomainName: 'predict.example.com',
      SecurityPolicy: 'TLS_1_2',
    });
    expect(outputs).toContainEqual(expect.stringContaining('"https://predict.example.com/"'));
    expect(outputs).toContainEqual(expect.stringContaining('RegionalDomainName'));
  });

  it('asks of tokens the scope of the route', () => {
    const methods = made.cognito!.ofType('AWS::ApiGateway::Method').map(({ properties }) => properties);
    const scopesOf = (id: string) =>
      methods.find((method) => method.OperationName === id)!.AuthorizationScopes;

    expect(scopesOf('predict')).toEqual(['onramp/predict']);
    expect(scopesOf('put-model')).toEqual(['onramp/manage']);
    expect(scopesOf('get-model')).toEqual(['onramp/read', 'onramp/manage']);
  });

  it('streams the answers of a route that streams, and of no other', () => {
    const table = routes.map((line) => (line.id === 'predict' ? { ...line, streams: true } : line));
    const { ofType } = synthesise({}, { routes: table });

    const streamed = ofType('AWS::ApiGateway::Method').filter(
      ({ properties }) => properties.Integration.ResponseTransferMode === 'STREAM',
    );

    expect(streamed.map(({ properties }) => properties.OperationName).sort()).toEqual([
      'chat-completions',
      'completions',
      'predict',
    ]);
    for (const { properties } of streamed) {
      expect(textOf(properties.Integration.Uri)).toMatch(/response-streaming-invocations$/);
      expect(properties.Integration.TimeoutInMillis).toBe(900_000);
    }
  });
});

describe('endpoints', () => {
  const configOf = (name: string) =>
    made
      .everything!.ofType('AWS::SageMaker::EndpointConfig')
      .find(({ id }) => id.startsWith(`Endpoints${name}`))!.properties;
  const containerOf = (name: string) =>
    made.everything!.ofType('AWS::SageMaker::Model').find(({ id }) => id.startsWith(`Endpoints${name}`))!
      .properties.PrimaryContainer;

  it('of each kind have a size of their own', () => {
    const sizes = ['Large', 'Sentiment', 'Slow', 'Writer'].map(
      (name) => configOf(name).ProductionVariants[0],
    );

    expect(sizes).toMatchObject([
      { InstanceType: 'ml.m5.large', InitialInstanceCount: 1 },
      { ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 5 } },
      { InstanceType: 'ml.g5.xlarge' },
      { InstanceType: 'ml.g6.2xlarge', InitialInstanceCount: 2, VolumeSizeInGB: 200 },
    ]);
    expect(configOf('Large').ProductionVariants[1]!.InitialVariantWeight).toBe(0.1);
    expect(textOf(configOf('Slow').AsyncInferenceConfig!.OutputConfig.S3OutputPath)).toMatch(
      /\/endpoint-answers\/onramp-prod-slow\/$/,
    );
  });

  it('run the images of AWS, with the drivers and the time that these need', () => {
    const { Image, Environment, ModelDataSource } = containerOf('Writer');

    expect(Image).toBe(
      '763104351884.dkr.ecr.eu-central-1.amazonaws.com/djl-inference:0.38.0-lmi29.0.0-cu130',
    );
    expect(Environment).toMatchObject({ HF_MODEL_ID: '/opt/ml/model', OPTION_DTYPE: 'bf16' });
    expect(ModelDataSource!.S3DataSource).toEqual({
      ...{ S3Uri: 's3://models/writer/', S3DataType: 'S3Prefix', CompressionType: 'None' },
    });
    expect(configOf('Writer').ProductionVariants[0]).toMatchObject({
      InferenceAmiVersion: 'al2023-ami-sagemaker-inference-gpu-4-1',
      ContainerStartupHealthCheckTimeoutInSeconds: 3600,
      ModelDataDownloadTimeoutInSeconds: 3600,
    });
  });

  it('name where a token is kept, and never hold it', () => {
    expect(containerOf('Assistant').Environment.HF_TOKEN).toBe(
      '{{resolve:secretsmanager:hub:SecretString:token::}}',
    );
  });

  it('sleep without an instance, and are woken by the first request', () => {
    const { ofType } = made.everything!;
    const targets = ofType('AWS::ApplicationAutoScaling::ScalableTarget').map(
      ({ properties: { ResourceId, MinCapacity, MaxCapacity } }) =>
        `${ResourceId} ${MinCapacity}..${MaxCapacity}`,
    );
    const wakers = ofType('AWS::CloudWatch::Alarm').filter(({ properties }) => !properties.AlarmName);

    expect(targets).toEqual([
      'endpoint/onramp-prod-large/variant/first 1..3',
      'endpoint/onramp-prod-large/variant/second 1..3',
      'endpoint/onramp-prod-slow/variant/only 0..2',
      'inference-component/onramp-prod-assistant 0..2',
    ]);
    expect(
      wakers.map(({ properties }) => [properties.MetricName, textOf(properties.AlarmActions![0])]),
    ).toEqual([
      ['HasBacklogWithoutCapacity', expect.stringMatching(/^<EndpointsSlowScalingOnlyFirst/)],
      ['NoCapacityInvocationFailures', expect.stringMatching(/^<EndpointsAssistantScalingOnlyFirst/)],
    ]);
  });

  it('with no instance left host their model as a component, which has the model and claims its GPUs', () => {
    const [component] = made.everything!.ofType('AWS::SageMaker::InferenceComponent');
    const { ExecutionRoleArn, ProductionVariants } = configOf('Assistant');

    expect(component!.properties).toMatchObject({
      InferenceComponentName: 'onramp-prod-assistant',
      RuntimeConfig: { CopyCount: 1 },
      Specification: {
        ComputeResourceRequirements: { NumberOfAcceleratorDevicesRequired: 4 },
        StartupParameters: { ContainerStartupHealthCheckTimeoutInSeconds: 1800 },
      },
    });
    expect(textOf(ExecutionRoleArn)).toMatch(/^<EndpointsAssistantRole/);
    expect(ProductionVariants[0]).toMatchObject({
      ManagedInstanceScaling: { Status: 'ENABLED', MinInstanceCount: 0, MaxInstanceCount: 2 },
    });
    expect(ProductionVariants[0]).not.toHaveProperty('ModelName');
  });

  it('keep what they are asked only where somebody wants it, and not for long', () => {
    const days = made
      .everything!.ofType('AWS::S3::Bucket')
      .flatMap(({ properties }) => properties.LifecycleConfiguration?.Rules ?? [])
      .find(({ Prefix }) => Prefix === 'endpoint-captures/')!.ExpirationInDays;

    expect(days).toBe(30);
    expect(configOf('Large').DataCaptureConfig).toMatchObject({ InitialSamplingPercentage: 10 });
    expect(textOf(configOf('Large').DataCaptureConfig!.DestinationS3Uri)).toMatch(
      /\/endpoint-captures\/onramp-prod-large\/$/,
    );
    expect(configOf('Slow').DataCaptureConfig).toBeUndefined();
  });

  it('are told to the functions under the names of their models, with what is known of their price', () => {
    const told = made
      .everything!.ofType('AWS::Lambda::Function')
      .map(
        ({ properties: { FunctionName, Environment } }) =>
          [
            FunctionName.replace('onramp-prod-', ''),
            Environment.Variables.ONRAMP_ENDPOINTS as string | undefined,
          ] as const,
      )
      .filter(([, text]) => text !== undefined);
    const models = parseEndpointModels(told[0]![1]!, 'ONRAMP_ENDPOINTS');

    expect(told.map(([name]) => name).sort()).toEqual([
      ...['batch', 'call', 'control', 'generate', 'import', 'meter', 'predict'],
    ]);
    expect([...models.values()]).toMatchObject([
      { model: 'large', endpoint: 'onramp-prod-large', kind: 'real-time', speaks: 'onramp' },
      { model: 'sentiment', kind: 'serverless', speaks: 'huggingface' },
      { model: 'pictures', endpoint: 'onramp-prod-slow', kind: 'async', speaks: 'raw', usdPerHour: 1.76 },
      { model: 'assistant', speaks: 'openai', component: 'onramp-prod-assistant' },
      { model: 'writer-2.0', endpoint: 'onramp-prod-writer-2-0', speaks: 'openai' },
    ]);
    expect(JSON.stringify(made.dev!.template)).not.toContain('ONRAMP_ENDPOINTS');
  });

  it('may be asked by the functions that ask models, each as it can be asked, and by no other', () => {
    const asked = statementsOf(made.everything!)
      .filter(({ Action }) => list(Action).some((action) => action.startsWith('sagemaker:Invoke')))
      .map(({ id, Action, Resource }) => ({
        who: /Functions([A-Z][a-z]+)Role/.exec(id)![1],
        what: list(Action).map((action) => action.replace('sagemaker:', '')),
        which: list(Resource!)
          .map((resource) => textOf(resource).replace(/^.*:111122223333:/, ''))
          .sort(),
      }));

    expect(new Set(asked.map(({ who }) => who))).toEqual(
      new Set(['Batch', 'Call', 'Control', 'Generate', 'Predict']),
    );
    for (const name of ['Batch', 'Control']) {
      expect(asked.filter(({ who }) => who === name).map(({ what }) => what)).toEqual([
        ['InvokeEndpointAsync'],
      ]);
    }
    expect(asked.filter(({ who }) => who === 'Generate')).toEqual([
      {
        who: 'Generate',
        what: ['InvokeEndpoint', 'InvokeEndpointWithResponseStream'],
        which: [
          'endpoint/onramp-prod-assistant',
          'endpoint/onramp-prod-large',
          'endpoint/onramp-prod-sentiment',
          'endpoint/onramp-prod-writer-2-0',
          'inference-component/onramp-prod-assistant',
        ],
      },
      { who: 'Generate', what: ['InvokeEndpointAsync'], which: ['endpoint/onramp-prod-slow'] },
    ]);
  });

  it('with a queue bring the rights on what is put there and what comes out, and others do not', () => {
    const rights = (stack: Synthesised): string[] =>
      statementsOf(stack)
        .filter(({ id }) => /^FunctionsPredictRole/.test(id))
        .flatMap(({ Action, Resource }) =>
          list(Resource ?? []).flatMap((resource) =>
            list(Action).map((action) => `${action} ${textOf(resource).replace(/^<.*>\//, '')}`),
          ),
        )
        .filter((right) => right.includes('endpoint-'));

    expect(rights(made.everything!).sort()).toEqual([
      's3:DeleteObject endpoint-answers/*',
      's3:DeleteObject endpoint-inputs/*',
      's3:DeleteObject endpoint-jobs/*',
      's3:GetObject endpoint-answers/*',
      's3:PutObject endpoint-inputs/*',
      's3:PutObject endpoint-jobs/*',
    ]);
    expect(rights(made.dev!)).toEqual([]);
  });

  it('bad call: more of them than a function can be told of are refused', () => {
    const endpoints = Array.from({ length: 40 }, (_, index) => ({
      model: `a-model-with-a-long-name-${index}`,
      variants: { only: { preset: 'huggingface' as const, modelId: 'a/b' } },
      capacity: { kind: 'serverless' as const },
    }));

    expect(() => synthesise({ region: 'eu-west-1', endpoints })).toThrow(
      /endpoints take \d+ bytes of a function's variables, 3000 fit/,
    );
  });
});

describe('metering', () => {
  it('gets the lines about requests from every function that answers HTTPS, and from that of jobs', () => {
    const { ofType } = made.dev!;
    const filters = ofType('AWS::Logs::SubscriptionFilter').map(({ properties }) => properties);

    expect(
      filters.map(({ LogGroupName }) => /<Functions([A-Z][a-z]+)Log/.exec(textOf(LogGroupName))![1]),
    ).toEqual(
      [...new Set([...routes.map((line) => line.function), 'batch'])]
        .map((name) => name.charAt(0).toUpperCase() + name.slice(1))
        .sort(),
    );
    for (const { DestinationArn, FilterPattern } of filters) {
      expect(textOf(DestinationArn)).toMatch(/^<FunctionsMeterFunction/);
      expect(FilterPattern).toBe(accessLinePattern);
    }
  });

  it('lets only these logs call it', () => {
    const { ofType } = made.dev!;
    const callers = ofType('AWS::Lambda::Permission')
      .filter(({ properties }) => properties.Principal === 'logs.amazonaws.com')
      .map(({ properties: { FunctionName, SourceArn } }) => `${textOf(FunctionName)} ${textOf(SourceArn)}`);

    expect(callers).toHaveLength(ofType('AWS::Logs::SubscriptionFilter').length);
    for (const caller of callers)
      expect(caller).toMatch(/^<FunctionsMeterFunction\S+ <Functions[A-Z][a-z]+Log/);
  });
});

/** Dollars a month for what is there without a single request, beyond what every account has free. */
function idleDollars({ ofType }: Synthesised): number {
  const webAcls = ofType('AWS::WAFv2::WebACL');
  const rules = webAcls.flatMap(({ properties }) => properties.Rules);
  return (
    ofType('AWS::KMS::Key').length +
    0.1 * Math.max(0, ofType('AWS::CloudWatch::Alarm').length - 10) +
    3 * Math.max(0, ofType('AWS::CloudWatch::Dashboard').length - 3) +
    5 * webAcls.length +
    rules.length
  );
}

describe('the bill', () => {
  it('of an environment nobody uses is what the page on deployment says', () => {
    const page = readFileSync(`${root}/docs/deploy.md`, 'utf8');
    const said = Object.fromEntries(
      [...page.matchAll(/^\| `(\w+)` \|.*\| ([\d.]+) \$ \|$/gm)].map(([, name, dollars]) => [
        name,
        Number(dollars),
      ]),
    );
    const prod = synthesise(environments.prod!, { stage: 'prod' });

    expect(said).toEqual({ dev: idleDollars(made.dev!), prod: Math.round(idleDollars(prod) * 100) / 100 });
  });

  it('is watched where somebody is to be told', () => {
    const [budget] = made.everything!.ofType('AWS::Budgets::Budget');

    expect(budget!.properties.Budget.BudgetLimit).toEqual({ Amount: 20, Unit: 'USD' });
    expect(made.dev!.ofType('AWS::Budgets::Budget')).toEqual([]);
  });
});

test('the diagram on the page on architecture is that of the template', () => {
  const page = readFileSync(`${root}/docs/architecture.md`, 'utf8');
  const drawn = /```mermaid\n([\s\S]*?)```/.exec(page)?.[1];

  // Out of date? `npm run diagram` draws it anew.
  expect(drawn).toBe(architectureDiagram(made.dev!.template as Template));
});

test('alarms look at errors, throttles, waiting work, dead letters, scores and drift, and tell somebody', () => {
  const alarms = made.everything!.ofType('AWS::CloudWatch::Alarm').map(({ properties }) => properties);
  const named = alarms.filter(({ AlarmName }) => AlarmName !== undefined);

  expect(new Set(named.map(({ MetricName }) => MetricName))).toEqual(
    new Set([
      '5XXError',
      'Throttles',
      'Errors',
      'ApproximateNumberOfMessagesVisible',
      'ApproximateAgeOfOldestMessage',
      'Invocation5XXErrors',
      'InvocationFailures',
      'ModelLatency',
      'ApproximateAgeOfOldestRequest',
      'ScoreFallen',
      'DataDrifted',
    ]),
  );
  expect(named.filter(({ AlarmActions }) => AlarmActions?.length !== 1)).toEqual([]);
  expect(named.map(({ AlarmName }) => AlarmName)).not.toContain('onramp-prod-authorize-errors');
  expect(made.dev!.ofType('AWS::CloudWatch::Alarm')).toHaveLength(10);
});

test('bad call: an environment with more keys than a function can be told of is refused', () => {
  const models = Array.from({ length: 50 }, (_, index) => `model-with-a-rather-long-name-${index}`);
  const keys = { a: models, b: models, c: models };
  const access = {
    kind: 'keys' as const,
    keys: Object.fromEntries(
      Object.entries(keys).map(([name, names]) => [
        name,
        { plan: 'standard', scopes: ['predict' as const], models: names },
      ]),
    ),
  };

  expect(() => synthesise({ access })).toThrow(/access\.keys take \d+ bytes, 3500 fit/);
});
