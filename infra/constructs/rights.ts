/** Grants rights, and makes every wildcard in them say why it is there. */
import { ArnFormat, Stack, Validations } from 'aws-cdk-lib';
import { type IRole, PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/** One thing a role may do. */
export interface Right {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: PolicyStatementProps['conditions'];
  /** Why it cannot be said more narrowly; needed where a resource has a `*`. */
  readonly reason?: string;
}

/**
 * Lets a role do something. A resource with a wildcard is acknowledged with its reason, so that the reason stands beside
 * the finding in the report of cdk-nag.
 *
 * @throws Error for a wildcard in an action, or in a resource without a reason
 */
export function allow(role: IRole, { actions, resources, conditions, reason }: Right): void {
  const loose = actions.find((action) => action.includes('*'));
  if (loose !== undefined)
    throw new Error(`The action "${loose}" has a wildcard; name the actions one by one.`);
  role.addToPrincipalPolicy(
    new PolicyStatement({
      actions: [...actions],
      resources: [...resources],
      ...(conditions && { conditions }),
    }),
  );
  acknowledgeWildcards(role, resources, reason);
}

/**
 * Notes on a construct why its rights name resources by wildcards.
 *
 * @throws Error for a wildcard without a reason
 */
export function acknowledgeWildcards(
  scope: IConstruct,
  resources: readonly string[],
  reason: string | undefined,
): void {
  for (const resource of resources.map((one) => flatten(Stack.of(scope).resolve(one)))) {
    if (!resource.includes('*')) continue;
    if (reason === undefined) {
      throw new Error(`The resource "${resource}" has a wildcard; give a reason for it.`);
    }
    Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
  }
}

/**
 * The right to write logs to the groups and streams of a name, as services do that make their groups themselves.
 *
 * @param name of the groups, or `<group>:<streams>`, with its wildcards
 * @param reason for the wildcards
 */
export function logRight(scope: IConstruct, name: string, reason: string): Right {
  return {
    actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
    resources: [
      Stack.of(scope).formatArn({
        service: 'logs',
        resource: 'log-group',
        resourceName: name,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    ],
    reason,
  };
}

/** A reference of CloudFormation in the form in which cdk-nag names it: `<Bucket.Arn>/models/*`. */
function flatten(value: unknown): string {
  if (typeof value === 'string') return value;
  const {
    Ref,
    'Fn::GetAtt': attribute,
    'Fn::Join': join,
  } = value as {
    readonly Ref?: string;
    readonly 'Fn::GetAtt'?: readonly string[];
    readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
  };
  if (Ref !== undefined) return `<${Ref}>`;
  if (attribute) return `<${attribute.join('.')}>`;
  if (join) return join[1].map(flatten).join(join[0]);
  return JSON.stringify(value);
}
