/** What a run's training job is called. */
import { trainingJobPrefix } from '../contracts/events.ts';
import { sha256 } from '../core/index.ts';

/** What a run's job is told apart by. */
export interface JobIdentity {
  /** Names are unique in an account, where several installations may live. */
  readonly bucket: string;
  readonly model: string;
  readonly run: string;
  /** When the run was queued: a model that was deleted and made anew has the same runs again. */
  readonly created: string;
}

/** So much of the model's name is shown; the rest of SageMaker's 63 characters is for prefix and digest. */
const shownChars = 30;

/** For example `onramp-heart-3f2a9c0d41b7e655`: 1 to 63 letters, digits and `-`, as SageMaker wants it. */
export function trainingJobName({ bucket, model, run, created }: JobIdentity): string {
  const shown = model
    .slice(0, shownChars)
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  const digest = sha256([bucket, model, run, created].join('\n')).slice(0, 16);
  return `${trainingJobPrefix}${shown}-${digest}`;
}
