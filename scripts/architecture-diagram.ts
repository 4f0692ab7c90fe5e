/** Draws what a synthesised template provisions, as a Mermaid diagram. */

/** The part of a template that is drawn. */
export interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: Properties }>>;
}

// biome-ignore lint/suspicious/noExplicitAny: each type of resource has properties of its own
type Properties = any;

interface Entry {
  readonly id: string;
  readonly properties: Properties;
}

/** A template that can be asked. */
interface Lookup {
  ofType(type: string): readonly Entry[];
  /** The resource a value refers to, among those of a type. */
  target(value: unknown, type: string): Entry | undefined;
}

function lookupOf({ Resources }: Template): Lookup {
  const ofType = (type: string): Entry[] =>
    Object.entries(Resources).flatMap(([id, { Type, Properties: properties = {} }]) =>
      Type === type ? [{ id, properties }] : [],
    );
  const target = (value: unknown, type: string): Entry | undefined => {
    const text = JSON.stringify(value ?? null);
    return ofType(type).find(({ id }) => text.includes(`"${id}"`));
  };
  return { ofType, target };
}

/** The diagram: callers, API, functions, queues, buckets, and what leads from one to the other. */
export function architectureDiagram(template: Template): string {
  const lookup = lookupOf(template);
  const lines = [
    'flowchart LR',
    '  caller([caller])',
    ...nodesOf(lookup),
    '  caller --> api',
    ...httpEdges(lookup),
    ...eventEdges(lookup),
    ...invokeEdges(lookup),
    ...scheduleEdges(lookup),
    ...logEdges(lookup),
    ...storeEdges(lookup),
  ];
  return `${lines.join('\n')}\n`;
}

const functionName = ({ properties }: Entry): string =>
  properties.FunctionName.replace(/^onramp-[a-z]+-/, '');
const queueName = ({ properties }: Entry): string => properties.QueueName.replace(/^onramp-[a-z]+-/, '');
const bucketName = ({ id }: Entry): string => (/^StorageData/.test(id) ? 'data' : 'artifacts');
const ruleName = ({ properties }: Entry): string => properties.Name.replace(/^onramp-[a-z]+-/, '');

/** Buckets with data: those whose events are sent. */
const stores = ({ ofType }: Lookup): Entry[] =>
  ofType('AWS::S3::Bucket').filter(({ properties }) => properties.NotificationConfiguration);

const workQueues = ({ ofType }: Lookup): Entry[] =>
  ofType('AWS::SQS::Queue').filter(({ properties }) => properties.RedrivePolicy);

function nodesOf(lookup: Lookup): string[] {
  const { ofType } = lookup;
  const routes = ofType('AWS::ApiGateway::Method').length;
  return [
    `  api["API Gateway: ${routes} routes"]`,
    ...ofType('AWS::Lambda::Function').map(
      (entry) =>
        `  ${functionName(entry)}["${functionName(entry)}: ${entry.properties.MemorySize} MB, ${entry.properties.Timeout} s"]`,
    ),
    ...workQueues(lookup).map((entry) => {
      const { RedrivePolicy, VisibilityTimeout } = entry.properties;
      return `  ${queueName(entry)}Queue[["queue: again after ${VisibilityTimeout} s, dead letters after ${RedrivePolicy.maxReceiveCount}"]]`;
    }),
    ...stores(lookup).map((entry) => `  ${bucketName(entry)}[("${bucketName(entry)} bucket")]`),
    ...ofType('AWS::Scheduler::ScheduleGroup').map(() => '  schedules{{"EventBridge Scheduler"}}'),
  ];
}

function httpEdges({ ofType, target }: Lookup): string[] {
  const routes = new Map<string, number>();
  for (const { properties } of ofType('AWS::ApiGateway::Method')) {
    const handler = target(properties.Integration.Uri, 'AWS::Lambda::Function');
    if (handler) routes.set(functionName(handler), (routes.get(functionName(handler)) ?? 0) + 1);
  }
  const authorizers = ofType('AWS::ApiGateway::Authorizer').flatMap(({ properties }) => {
    const handler = target(properties.AuthorizerUri, 'AWS::Lambda::Function');
    return handler ? [`  api -. "who asks?" .-> ${functionName(handler)}`] : [];
  });
  return [...authorizers, ...[...routes].map(([name, count]) => `  api -- "${count} routes" --> ${name}`)];
}

function eventEdges(lookup: Lookup): string[] {
  const { ofType, target } = lookup;
  const rules = new Map<string, string[]>();
  for (const rule of ofType('AWS::Events::Rule')) {
    const from = target(rule.properties.EventPattern?.detail?.bucket, 'AWS::S3::Bucket');
    const to = workQueues(lookup).find(({ id }) =>
      JSON.stringify(rule.properties.Targets[0].Arn).includes(`"${id}"`),
    );
    if (!from || !to) continue;
    const edge = `${bucketName(from)} -- "%" --> ${queueName(to)}Queue`;
    rules.set(edge, [...(rules.get(edge) ?? []), ruleName(rule)]);
  }
  return [
    ...[...rules].map(([edge, names]) => `  ${edge.replace('%', names.sort().join(', '))}`),
    ...ofType('AWS::Lambda::EventSourceMapping').flatMap(({ properties }) => {
      const queue = target(properties.EventSourceArn, 'AWS::SQS::Queue');
      const worker = target(properties.FunctionName, 'AWS::Lambda::Function');
      return queue && worker ? [`  ${queueName(queue)}Queue --> ${functionName(worker)}`] : [];
    }),
  ];
}

/** What the policies of a role allow. */
function* statementsOf({
  ofType,
}: Lookup): Iterable<{ readonly roles: unknown; readonly statement: Properties }> {
  for (const { properties } of ofType('AWS::IAM::Policy')) {
    for (const statement of properties.PolicyDocument.Statement) yield { roles: properties.Roles, statement };
  }
}

/** The function that has one of these roles. */
function holderOf({ ofType, target }: Lookup, roles: unknown): string | null {
  const role = target(roles, 'AWS::IAM::Role');
  const holder = ofType('AWS::Lambda::Function').find(({ properties }) =>
    JSON.stringify(properties.Role).includes(`"${role?.id}"`),
  );
  return holder ? functionName(holder) : null;
}

/** Functions that ask functions. */
function invokeEdges(lookup: Lookup): string[] {
  return [...statementsOf(lookup)].flatMap(({ roles, statement }) => {
    const holder = holderOf(lookup, roles);
    const asked = lookup.target(statement.Resource, 'AWS::Lambda::Function');
    if (!holder || !asked || ![statement.Action].flat().includes('lambda:InvokeFunction')) return [];
    return [`  ${holder} -- "asks" --> ${functionName(asked)}`];
  });
}

function scheduleEdges(lookup: Lookup): string[] {
  return [...statementsOf(lookup)].flatMap(({ roles, statement }) => {
    const actions = [statement.Action].flat() as string[];
    const holder = holderOf(lookup, roles);
    if (actions.includes('scheduler:CreateSchedule')) return [`  ${holder} -- "one a model" --> schedules`];
    const queue = lookup.target(statement.Resource, 'AWS::SQS::Queue');
    if (holder || !queue || !actions.includes('sqs:SendMessage')) return [];
    return [`  schedules --> ${queueName(queue)}Queue`];
  });
}

/** Logs whose lines are handed to a function. */
function logEdges({ ofType, target }: Lookup): string[] {
  return ofType('AWS::Logs::SubscriptionFilter').flatMap(({ properties }) => {
    const log = target(properties.LogGroupName, 'AWS::Logs::LogGroup');
    const writer = ofType('AWS::Lambda::Function').find(
      (entry) => target(entry.properties.LoggingConfig, 'AWS::Logs::LogGroup')?.id === log?.id,
    );
    const reader = target(properties.DestinationArn, 'AWS::Lambda::Function');
    return writer && reader ? [`  ${functionName(writer)} -. "log lines" .-> ${functionName(reader)}`] : [];
  });
}

const verbs: Readonly<Record<string, string>> = {
  's3:GetObject': 'reads',
  's3:PutObject': 'writes',
  's3:DeleteObject': 'deletes',
};

function storeEdges(lookup: Lookup): string[] {
  const found = new Map<string, Set<string>>();
  for (const { roles, statement } of statementsOf(lookup)) {
    const holder = holderOf(lookup, roles);
    for (const action of [statement.Action].flat() as string[]) {
      const verb = verbs[action];
      const bucket = stores(lookup).filter(({ id }) =>
        JSON.stringify(statement.Resource).includes(`"${id}"`),
      );
      if (!holder || !verb) continue;
      for (const one of bucket) {
        const edge = `${holder} % ${bucketName(one)}`;
        found.set(edge, (found.get(edge) ?? new Set()).add(verb));
      }
    }
  }
  const order = Object.values(verbs);
  return [...found].map(([edge, said]) => {
    const words = order.filter((verb) => said.has(verb)).join(', ');
    return `  ${edge.replace('%', `-. "${words}" .->`)}`;
  });
}
