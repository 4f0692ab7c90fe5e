/** Training that outgrows a function: the role of SageMaker's jobs, who may start them, and the event of their end. */
import { Stack } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { environmentNames } from '../../lib/contracts/environment.ts';
import { stateChanges, timers, trainingJobPrefix } from '../../lib/contracts/events.ts';
import { artifactKeys } from '../../lib/contracts/keys.ts';
import type { StageConfig } from '../config.ts';
import { imageRights } from '../constructs/ecr-image.ts';
import type { ModelFunction } from '../constructs/model-function.ts';
import { idOf, nameIn } from '../constructs/names.ts';
import { allow, logRight, type Right } from '../constructs/rights.ts';
import type { WorkQueue } from '../constructs/work-queue.ts';
import { functionRights } from '../function-rights.ts';
import type { Storage } from './storage.ts';

/** What training jobs are started by, work on and report to. */
export interface TrainingProps {
  readonly settings: NonNullable<StageConfig['training']>;
  readonly storage: Storage;
  readonly train: ModelFunction;
  readonly queue: WorkQueue;
}

/** SageMaker training jobs for one environment. */
export class Training extends Construct {
  constructor(scope: Construct, id: string, { settings, storage, train, queue }: TrainingProps) {
    super(scope, id);
    const { image, instance } = settings;
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('sagemaker.amazonaws.com') });
    for (const right of jobRights(this, image, storage)) allow(role, right);
    train.bind(
      {
        [environmentNames.trainingImage]: image,
        [environmentNames.trainingRoleArn]: role.roleArn,
        [environmentNames.trainingInstance]: instance,
        ...(storage.key && { [environmentNames.trainingKeyArn]: storage.key.keyArn }),
      },
      starterRights(this, role),
    );
    const target = new SqsQueue(queue.queue, { deadLetterQueue: queue.deadLetters });
    for (const { name, source, detailType, detail } of stateChanges) {
      new Rule(this, `${idOf(name)}Rule`, {
        ruleName: nameIn(this, name),
        // All environments of an account name their jobs alike: whose a job is, its role tells.
        eventPattern: {
          source: [source],
          detailType: [detailType],
          detail: { ...detail, RoleArn: [role.roleArn] },
        },
        targets: [target],
      });
    }
    for (const { name, every, event } of timers) {
      new Rule(this, `${idOf(name)}Rule`, {
        ruleName: nameIn(this, name),
        schedule: Schedule.expression(every),
        targets: [
          new SqsQueue(queue.queue, {
            message: RuleTargetInput.fromObject(event),
            deadLetterQueue: queue.deadLetters,
          }),
        ],
      });
    }
  }
}

function starterRights(scope: Construct, role: Role): Right[] {
  const jobs = Stack.of(scope).formatArn({
    service: 'sagemaker',
    resource: 'training-job',
    resourceName: `${trainingJobPrefix}*`,
  });
  return [
    {
      actions: [
        'sagemaker:CreateTrainingJob',
        'sagemaker:DescribeTrainingJob',
        'sagemaker:StopTrainingJob',
        'sagemaker:AddTags',
      ],
      resources: [jobs],
      reason: 'A job is named for its model and its run, which come to be while it runs.',
    },
    {
      actions: ['iam:PassRole'],
      resources: [role.roleArn],
      conditions: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
    },
  ];
}

/** What a job may do: what the function may, pull its image, and write its log where SageMaker wants it. */
function jobRights(scope: Construct, image: string, storage: Storage): Right[] {
  const { artifacts, data } = functionRights.train;
  const outputs = `${artifactKeys.trainingOutputs()}*`;
  return [
    ...storage.rights({
      ...(data && { data }),
      artifacts: { ...artifacts, write: [...(artifacts?.write ?? []), outputs] },
    }),
    ...imageRights(scope, image),
    logRight(
      scope,
      '/aws/sagemaker/TrainingJobs:*',
      'SageMaker writes the logs of all training jobs to this group and names the streams itself.',
    ),
  ];
}
