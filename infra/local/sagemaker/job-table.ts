/** The training jobs of one machine, a file each, as `DescribeTrainingJob` shows them. */
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** What `CreateTrainingJob` must say here; everything else is kept and shown again. */
export const createTrainingJob = z.looseObject({
  TrainingJobName: z.string().regex(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/),
  RoleArn: z.string().min(20),
  AlgorithmSpecification: z.looseObject({ TrainingImage: z.string(), TrainingInputMode: z.string() }),
  OutputDataConfig: z.looseObject({ S3OutputPath: z.string() }),
  ResourceConfig: z.looseObject({}),
  StoppingCondition: z.looseObject({ MaxRuntimeInSeconds: z.int().min(1).optional() }),
  HyperParameters: z.record(z.string(), z.string()).optional(),
  Environment: z.record(z.string(), z.string()).optional(),
});
export type CreateTrainingJob = z.infer<typeof createTrainingJob>;

/** A job as it is; times in seconds since 1970. */
export const jobDescription = createTrainingJob.extend({
  TrainingJobArn: z.string(),
  TrainingJobStatus: z.enum(['InProgress', 'Completed', 'Failed', 'Stopping', 'Stopped']),
  SecondaryStatus: z.string(),
  FailureReason: z.string().optional(),
  CreationTime: z.number(),
  LastModifiedTime: z.number(),
  TrainingEndTime: z.number().optional(),
});
export type JobDescription = z.infer<typeof jobDescription>;

/** Jobs by name; what is put is on disk when `put` returns. */
export interface JobTable {
  get(name: string): JobDescription | undefined;
  put(job: JobDescription): void;
  /** The jobs that have no end yet, oldest first. */
  open(): readonly JobDescription[];
}

/** True for a job that will not change any more. */
export const hasEnded = ({ TrainingJobStatus: status }: JobDescription): boolean =>
  status !== 'InProgress' && status !== 'Stopping';

/** Opens the table in a folder. */
export function openJobTable(directory: string): JobTable {
  mkdirSync(directory, { recursive: true });
  const pathOf = (name: string): string => join(directory, `${name}.json`);
  const get = (name: string): JobDescription | undefined =>
    existsSync(pathOf(name))
      ? jobDescription.parse(JSON.parse(readFileSync(pathOf(name), 'utf8')))
      : undefined;
  return {
    get,
    put: (job) => {
      const draft = `${pathOf(job.TrainingJobName)}.tmp`;
      writeFileSync(draft, JSON.stringify(job));
      renameSync(draft, pathOf(job.TrainingJobName));
    },
    open: () =>
      globSync('*.json', { cwd: directory })
        .map((file) => get(file.slice(0, -'.json'.length))!)
        .filter((job) => !hasEnded(job))
        .sort((left, right) => left.CreationTime - right.CreationTime),
  };
}
