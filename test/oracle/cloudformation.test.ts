/** The templates before two that know CloudFormation: cfn-lint with AWS's own schemas, and moto, which creates stacks. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environments } from '../../infra/environments.ts';
import { functionNames } from '../../infra/function-settings.ts';
import { subscriptions } from '../../lib/contracts/events.ts';
import { routes } from '../../lib/contracts/routes.ts';
import { type Synthesised, synthesise } from '../infra/cdk-stacks.ts';
import { everything } from '../infra/everything.ts';
import { ensureClient } from '../interop/python-packages.ts';

const packages = [
  'boto3==1.43.11',
  'cfn-lint==1.51.0',
  'moto==5.2.1',
  // What moto needs to speak of APIs and functions.
  'docker==7.2.0',
  'joserfc==1.8.0',
  'openapi-spec-validator==0.9.0',
];

/**
 * CDK writes what one resource waits for also where a reference says it. cfn-lint calls that needless (W3005), which it
 * is, and it is the only thing it says.
 */
const needless = ['--ignore-checks', 'W3005'];

let python: string;
const stacks: Record<string, Synthesised> = {};

beforeAll(() => {
  python = ensureClient('cloudformation', packages);
  for (const [stage, settings] of Object.entries(environments))
    stacks[stage] = synthesise(settings, { stage });
  stacks.everything = synthesise(everything, { stage: 'prod' });
}, 600_000);

/** What a Python program prints, however it ends. */
function run(
  args: readonly string[],
  input = '',
): Promise<{ readonly status: number; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, args, {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      env: { ...process.env, PYTHONUTF8: '1' },
    });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
    child.on('error', reject);
    child.on('close', (status) => {
      resolve({ status: status ?? -1, output: Buffer.concat(output).toString('utf8') });
    });
    child.stdin.end(input);
  });
}

describe('cfn-lint', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-template-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const lint = (template: string) => {
    const file = join(folder, 'template.json');
    writeFileSync(file, template);
    const program = 'from cfnlint.runner import main; main()';
    return run(['-c', program, ...needless, '--regions', 'eu-central-1', '--', file]);
  };

  it.each(['dev', 'prod', 'everything'])('has nothing to say of "%s"', async (name) => {
    const { status, output } = await lint(JSON.stringify(stacks[name]!.template));

    expect(output).toBe('');
    expect(status).toBe(0);
  });

  it('bad call: finds a property that CloudFormation does not have', async () => {
    const { status, output } = await lint(
      JSON.stringify({ Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { Visibility: 30 } } } }),
    );

    expect(output).toMatch(/'Visibility' was unexpected/);
    expect(status).not.toBe(0);
  });
});

/** What moto's CloudFormation leaves out: it knows these services, but not how a template makes these of them. */
const leftOut = [
  'AWS::ApiGateway::Account',
  'AWS::ApiGateway::ApiKey',
  'AWS::ApiGateway::Authorizer',
  'AWS::ApiGateway::GatewayResponse',
  'AWS::ApiGateway::Model',
  'AWS::ApiGateway::RequestValidator',
  'AWS::ApiGateway::Stage',
  'AWS::ApiGateway::UsagePlan',
  'AWS::ApiGateway::UsagePlanKey',
  'AWS::CloudWatch::Alarm',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Logs::MetricFilter',
  'AWS::Logs::SubscriptionFilter',
  'AWS::S3::BucketPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::Scheduler::ScheduleGroup',
];

/** Asks endpoints again, and there are none in these environments. */
const unused = 'call';

describe('moto', () => {
  it.each(['dev', 'prod'])('creates buckets, queues, rules, functions and the API of "%s"', async (name) => {
    const { status, output } = await run(['create-stack.py'], JSON.stringify(stacks[name]!.template));
    const account = JSON.parse(output.trim().split('\n').at(-1)!);

    expect(status, output.slice(-2000)).toBe(0);
    const usual = subscriptions.filter((line) => line.function !== unused);
    const queues = [...new Set(usual.map((line) => line.function))];
    expect(account).toEqual({
      status: 'CREATE_COMPLETE',
      buckets: 3,
      queues: [
        `onramp-${name}-meter-failures`,
        ...queues.flatMap((queue) => [`onramp-${name}-${queue}`, `onramp-${name}-${queue}-dead-letters`]),
      ].sort(),
      rules: usual.map((line) => `onramp-${name}-${line.name}`).sort(),
      targets: usual.length,
      functions: functionNames
        .filter((one) => one !== unused)
        .map((one) => `onramp-${name}-${one}`)
        .sort(),
      mappings: queues.length,
      routes: routes.map(({ method, path }) => `${method} ${path}`).sort(),
      left_out: leftOut,
    });
  });
});

describe('the schemas that API Gateway checks bodies by', () => {
  it('are of draft 04, take the examples of the route table and refuse what is no body of theirs', async () => {
    const schemas = stacks.dev!.ofType('AWS::ApiGateway::Model').map(({ properties }) => properties);
    const examples = new Map(
      routes.map(({ id, example }) => [
        id.replace(/(?:^|-)(.)/g, (_, letter) => letter.toUpperCase()),
        example?.request,
      ]),
    );
    const cases = schemas.map(({ Name, Schema }) => ({
      name: Name,
      schema: Schema,
      good: examples.get(Name),
    }));

    const { status, output } = await run(['check-bodies.py'], JSON.stringify(cases));

    expect(status, output).toBe(0);
    expect(JSON.parse(output)).toEqual(cases.map(({ name }) => ({ name, good: [], bad: true })));
  });
});
