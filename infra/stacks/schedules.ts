/** Schedules: a group that holds one for each model, made by control while it runs, and the role they send with. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { environmentNames } from '../../lib/contracts/environment.ts';
import type { ModelFunction } from '../constructs/model-function.ts';
import { allow } from '../constructs/rights.ts';
import type { WorkQueue } from '../constructs/work-queue.ts';

/** Who makes schedules, and where they lead. */
export interface SchedulesProps {
  readonly control: ModelFunction;
  readonly evaluations: WorkQueue;
}

/** The group is called like the stack: what is in it goes with it. */
export class Schedules extends Construct {
  constructor(scope: Construct, id: string, { control, evaluations }: SchedulesProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const group = new ScheduleGroup(this, 'Group', {
      scheduleGroupName: stack.stackName,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const { queueArn } = evaluations.queue;
    const role = new Role(this, 'Role', {
      // Without the condition, schedules of other accounts could be made to use this role.
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
    });
    allow(role, { actions: ['sqs:SendMessage'], resources: [queueArn] });
    control.bind(
      {
        [environmentNames.scheduleGroup]: group.scheduleGroupName,
        [environmentNames.scheduleRoleArn]: role.roleArn,
        [environmentNames.evaluateQueueArn]: queueArn,
      },
      [
        {
          actions: [
            'scheduler:CreateSchedule',
            'scheduler:UpdateSchedule',
            'scheduler:GetSchedule',
            'scheduler:DeleteSchedule',
          ],
          resources: [
            stack.formatArn({
              service: 'scheduler',
              resource: 'schedule',
              resourceName: `${group.scheduleGroupName}/*`,
            }),
          ],
          reason:
            'A schedule is made for each model while it runs, all of them in the group of this environment.',
        },
        {
          actions: ['iam:PassRole'],
          resources: [role.roleArn],
          conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
        },
      ],
    );
  }
}
