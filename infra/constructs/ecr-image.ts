/** Images of Amazon ECR: how they are named, and the rights to pull them. */
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Right } from './rights.ts';

/**
 * The rights to pull an image.
 *
 * @param image `<account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>`
 */
export function imageRights(scope: Construct, image: string): Right[] {
  const [, account = '', region = '', repository = ''] =
    /^(\d{12})\.dkr\.ecr\.([\w-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)/.exec(image) ?? [];
  const { partition } = Stack.of(scope);
  return [
    {
      actions: ['ecr:GetAuthorizationToken'],
      resources: ['*'],
      reason: 'The token is for the whole registry; this action knows no narrower resource.',
    },
    {
      actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      resources: [`arn:${partition}:ecr:${region}:${account}:repository/${repository}`],
    },
  ];
}
