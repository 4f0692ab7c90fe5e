/** The settings of one environment: their schema, their small and cheap defaults, and how one is chosen. */
import * as z from 'zod';
import { resourceName } from '../lib/contracts/names.ts';
import { type EndpointSettings, ecrImage, endpointSettings } from './constructs/endpoint-settings.ts';
import { findImage } from './constructs/endpoint-variant.ts';
import { idOf } from './constructs/ids.ts';
import {
  completeFunctions,
  type FunctionName,
  type FunctionSettings,
  functionTable,
} from './function-settings.ts';

const throttle = z.strictObject({
  requestsPerSecond: z.number().positive(),
  burst: z.int().positive(),
});

/** Names of keys and plans become parts of names in AWS. */
const shortName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, 'use up to 31 lower-case letters, digits and "-", a letter first');

const usageLimits = z
  .array(
    z
      .strictObject({
        per: z.enum(['minute', 'hour', 'day', 'month']),
        calls: z.int().min(0).optional(),
        tokens: z.int().min(0).optional(),
        usd: z.number().min(0).optional(),
      })
      .refine(({ per: _, ...units }) => Object.keys(units).length > 0, 'give "calls", "tokens" or "usd"'),
  )
  .min(1)
  .refine((limits) => new Set(limits.map(({ per }) => per)).size === limits.length, 'name each "per" once');

const keyAccess = z.strictObject({
  kind: z.literal('keys'),
  /** Usage plans: what the holders of their keys may ask for. */
  plans: z
    .record(shortName, throttle.extend({ requestsPerMonth: z.int().positive() }))
    .default({ standard: { requestsPerSecond: 20, burst: 40, requestsPerMonth: 1_000_000 } }),
  /** API keys by name; API Gateway makes their values. */
  keys: z
    .record(
      shortName,
      z.strictObject({
        plan: z.string(),
        scopes: z.array(z.enum(['predict', 'read', 'manage'])).min(1),
        /** Names of models and data sets; `*` at the end of one stands for any end, alone for all. */
        models: z.array(z.string().regex(/^(\*|[a-z0-9][a-z0-9._-]{0,62}\*?)$/)).min(1),
        /** What the key may use of models, beside what its plan says of requests of all kinds. */
        limits: usageLimits.optional(),
      }),
    )
    .default({ admin: { plan: 'standard', scopes: ['predict', 'read', 'manage'], models: ['*'] } }),
});

const access = z.discriminatedUnion('kind', [
  keyAccess,
  /** Requests signed by AWS credentials (SigV4); IAM policies say who may ask for what. */
  z.strictObject({ kind: z.literal('iam') }),
  /**
   * JSON Web Tokens of a Cognito user pool with the scopes `<resource server>/predict`, `/read` and `/manage`, and one
   * for each name or beginning of names: `/models:team-a-*`, `/models:*`.
   */
  z.strictObject({
    kind: z.literal('cognito'),
    userPoolArn: z.string().regex(/^arn:[\w-]+:cognito-idp:[\w-]+:\d{12}:userpool\/[\w-]+$/),
    resourceServer: z.string().min(1).default('onramp'),
  }),
]);
export type AccessSettings = z.infer<typeof access>;

const email = z.email();

/** What `infra/environments.ts` says of one environment; everything may be left out. */
export const stageSettings = z.strictObject({
  /** Default: the account and region of the credentials that deploy. */
  account: z
    .string()
    .regex(/^\d{12}$/, 'use the twelve digits of an account')
    .optional(),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'use a region such as "eu-central-1"')
    .optional(),
  tags: z.record(z.string(), z.string()).default({}),
  /** What happens to buckets, keys and logs when the stack is deleted; buckets have to be emptied before. */
  removal: z.enum(['destroy', 'retain']).default('retain'),
  /** Whose KMS key encrypts the buckets: that of S3 itself, which costs nothing, or one of our own at 1 $ a month. */
  encryption: z.enum(['aws-managed', 'customer-managed']).default('aws-managed'),
  architecture: z.enum(['arm64', 'x64']).default('arm64'),
  /** The model that is asked where a dialect names none. */
  defaultModel: resourceName.optional(),
  access: access.default(() => keyAccess.parse({ kind: 'keys' })),
  api: z
    .strictObject({
      /** Holds for all callers together, also for the routes that need no key. */
      throttle: throttle.default({ requestsPerSecond: 100, burst: 200 }),
      /** A web ACL with AWS's common rules and a limit for each address; 7 $ a month. */
      firewall: z.boolean().default(false),
      /** A name of your own, with its certificate of the same region; its DNS entry points to the output `DomainTarget`. */
      domain: z
        .strictObject({
          name: z.hostname(),
          certificateArn: z.string().regex(/^arn:[\w-]+:acm:/, 'use the ARN of a certificate of ACM'),
        })
        .optional(),
      /**
       * Which bodies API Gateway passes on as bytes: those of the listed content types, or all. `all` serves clients
       * that send tensors without a content type; API Gateway then checks no bodies against the schemas.
       */
      binaryBodies: z.enum(['listed', 'all']).default('listed'),
    })
    .prefault({}),
  functions: functionTable.default({}),
  /** How many messages of one queue are worked on at a time: the bound of what training can cost. */
  queueConcurrency: z.int().min(2).max(1000).default(2),
  logs: z
    .strictObject({
      retentionDays: z
        .literal([1, 3, 5, 7, 14, 30, 60, 90, 120, 180, 365, 400, 545, 731, 1827, 3653])
        .default(30),
      /** Above `INFO` there are no lines of requests, and so no usage is counted. */
      level: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']).default('INFO'),
    })
    .prefault({}),
  /** Days until replaced and deleted objects are gone for good. */
  noncurrentDays: z.int().min(1).default(30),
  /** SageMaker training jobs for what outgrows a function; absent: everything is trained in the function. */
  training: z
    .strictObject({
      /** The image of `infra/container` in the account's own registry. */
      image: ecrImage,
      instance: z
        .string()
        .regex(/^ml\./, 'use a SageMaker instance type such as "ml.m5.xlarge"')
        .default('ml.m5.xlarge'),
    })
    .optional(),
  /** SageMaker endpoints beside the functions, for models that outgrow them; each answers under a name in the API. */
  endpoints: z.array(endpointSettings).default([]),
  /** `few`: ten, which are free, and one for each endpoint; `all`: also errors of each function and slow endpoints. */
  alarms: z.enum(['few', 'all']).default('few'),
  /** Who is told of alarms; the address has to confirm once. */
  alarmEmail: email.optional(),
  /** Tells when the account's bill of a month passes 80 % of the amount, or is forecast to pass it. */
  budget: z.strictObject({ usdPerMonth: z.number().positive(), email }).optional(),
});
export type StageSettings = z.input<typeof stageSettings>;

/** The settings of one environment with nothing left out. */
export type StageConfig = Omit<z.output<typeof stageSettings>, 'functions'> & {
  /** `dev`, `prod`, ...: part of every name. */
  readonly stage: string;
  readonly functions: Readonly<Record<FunctionName, FunctionSettings>>;
};

/**
 * The settings of one environment, checked and completed.
 *
 * @throws Error naming the environment, the field and what it may be
 */
export function stageConfig(
  environments: Readonly<Record<string, StageSettings>>,
  stage: string,
): StageConfig {
  const settings = Object.hasOwn(environments, stage) ? environments[stage] : undefined;
  if (!settings) {
    const known = Object.keys(environments).join(', ');
    throw new Error(`There is no environment "${stage}"; infra/environments.ts has ${known}.`);
  }
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(stage)) {
    throw new Error(
      `Environment "${stage}": use up to 20 lower-case letters, digits and "-", a letter first.`,
    );
  }
  const parsed = stageSettings.safeParse(settings);
  if (!parsed.success) throw faultOf(stage, parsed.error.issues);
  const config = { ...parsed.data, stage, functions: completeFunctions(stage, parsed.data.functions) };
  checkPlans(config);
  checkEndpoints(config);
  return config;
}

function checkPlans({ stage, access }: StageConfig): void {
  if (access.kind !== 'keys') return;
  for (const [name, { plan }] of Object.entries(access.keys)) {
    if (Object.hasOwn(access.plans, plan)) continue;
    const known = Object.keys(access.plans).join(', ');
    throw new Error(
      `Environment "${stage}": access.keys.${name}.plan: there is no plan "${plan}"; use ${known}.`,
    );
  }
}

/** SageMaker's limit for names of endpoints, to which the name of the stack is put. */
const longestName = 63;

function checkEndpoints({ stage, region, endpoints }: StageConfig): void {
  for (const [index, endpoint] of endpoints.entries()) {
    const { model, name, variants } = endpoint;
    const refuse = (problem: string): Error =>
      new Error(`Environment "${stage}": endpoints.${index}: ${problem}.`);
    const earlier = endpoints.slice(0, index);
    if (earlier.some((other) => other.model === model)) throw refuse(`model: there is another "${model}"`);
    // Ids and names of what belongs to an endpoint are made of these.
    const like = earlier.find((other) => idOf(other.name) === idOf(name) || sharesLabel(other, endpoint));
    if (like)
      throw refuse(`name: "${name}" is too like "${like.name}"; give one of them a "name" of its own`);
    const whole = `onramp-${stage}-${name}`;
    if (whole.length > longestName || whole.endsWith('-')) {
      throw refuse(
        `name: "${whole}" is no name of an endpoint; give a shorter "name" without a "-" at its end`,
      );
    }
    const pulls = Object.entries(variants).filter(([, { preset, image }]) => preset && image === undefined);
    if (pulls.length > 0 && region === undefined) {
      throw refuse('variants: the images of presets lie in the registry of a region; set "region"');
    }
    const [unknown] = pulls.find(([, variant]) => findImage(variant, region!) === null) ?? [];
    if (unknown !== undefined) {
      throw refuse(
        `variants.${unknown}.image: no registry of AWS is known for ${region}; name the preset's image in a registry of your own there`,
      );
    }
  }
}

/** What alarms are called. */
const labelsOf = ({ name, variants }: EndpointSettings): string[] =>
  Object.keys(variants).map((variant) => idOf(`${name}-${variant}`));

const sharesLabel = (one: EndpointSettings, other: EndpointSettings): boolean => {
  const labels = new Set(labelsOf(one));
  return labelsOf(other).some((label) => labels.has(label));
};

function faultOf(stage: string, issues: readonly z.core.$ZodIssue[]): Error {
  const lines = issues.map(({ path, message }) => `${path.join('.') || 'settings'}: ${message}`);
  return new Error(`Environment "${stage}": ${lines.join('; ')}.`);
}
