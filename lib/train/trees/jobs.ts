/** The kinds of work a team can do. */
import { type BoostingResult, runBoosting } from './boosting-job.ts';
import { type ForestResult, runForest } from './forest-job.ts';
import type { BoostingJob, ForestJob } from './job-types.ts';
import type { Team } from './team.ts';

/** A fit in a form that can be posted to threads. */
export type TreeJob = BoostingJob | ForestJob;

/** What a member hands back for its part of a job. */
export type JobResult<Job extends TreeJob> = Job extends BoostingJob ? BoostingResult : ForestResult;

/** Runs a member's part of a job; yields the share of the whole that is done. */
export function runJob<Job extends TreeJob>(team: Team, job: Job): Generator<number, JobResult<Job>> {
  const steps = job.kind === 'boosting' ? runBoosting(team, job) : runForest(team, job);
  return steps as Generator<number, JobResult<Job>>;
}
