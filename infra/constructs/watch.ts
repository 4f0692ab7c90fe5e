/** One thing that must not be, for which there is an alarm. */
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';

/** What is watched, and when it rings. */
export interface Watch {
  readonly name: string;
  readonly says: string;
  readonly metric: IMetric;
  /** Alarm at this value and above. */
  readonly from: number;
  /** Left out where `alarms` is `few`, so that no more than ten remain, which are free, beside those of endpoints. */
  readonly isExtra?: boolean;
}
