/** What each function does with objects of the two buckets: the whole of its rights on them. */
import type { ObjectRights } from './constructs/dataset-bucket.ts';
import type { FunctionName } from './function-settings.ts';

/** The rights of one function, by bucket; `*` in a pattern stands for any characters. */
export interface FunctionRights {
  readonly data?: ObjectRights;
  readonly artifacts?: ObjectRights;
}

/** A user may name any object of the data bucket as the input of a job. */
const anyInput = ['*'];

export const functionRights: Readonly<Record<FunctionName, FunctionRights>> = {
  authorize: {},
  predict: {
    artifacts: {
      read: ['models/*', 'artifacts/*', 'jobs/*', 'job-keys/*', 'usage/limits/*'],
      write: ['jobs/*', 'job-keys/*', 'models/*/jobs/*', 'usage/limits/*'],
    },
  },
  generate: {
    artifacts: {
      read: ['usage/limits/*'],
      write: ['usage/limits/*'],
    },
  },
  control: {
    data: { read: anyInput, write: ['datasets/*/uploads/*'] },
    artifacts: {
      read: ['datasets/*', 'models/*', 'artifacts/*', 'jobs/*', 'job-keys/*', 'job-uploads/*', 'usage/*'],
      // Sums that nobody has asked for before are kept.
      write: [
        'models/*',
        'jobs/*',
        'job-keys/*',
        'job-uploads/*',
        'usage/hours/*',
        'usage/days/*',
        'usage/limits/*',
      ],
      delete: ['models/*', 'open-runs/*', 'imports/*', 'jobs/*', 'job-keys/*', 'job-uploads/*'],
    },
  },
  import: {
    artifacts: {
      read: ['models/*', 'artifacts/*', 'imports/*'],
      write: [
        'models/*/spec.json',
        'models/*/aliases.json',
        'models/*/versions/*',
        'artifacts/*',
        'imports/*',
      ],
      delete: ['models/*/versions/*', 'imports/*'],
    },
  },
  // It decodes what strangers send, and gets everything that it needs with the request.
  prepare: {},
  preprocess: {
    data: { read: ['datasets/*/uploads/*'] },
    // A new data set queues a run for each model that learns from it.
    artifacts: {
      read: ['datasets/*', 'models/*/spec.json', 'models/*/runs/*'],
      write: ['datasets/*', 'models/*/runs/*', 'open-runs/*'],
      delete: ['open-runs/*'],
    },
  },
  train: {
    artifacts: {
      read: ['datasets/*', 'models/*', 'artifacts/*', 'training-jobs/*', 'checkpoints/*'],
      write: [
        'models/*/runs/*',
        'open-runs/*',
        'models/*/trainings/*',
        'models/*/versions/*',
        'models/*/backgrounds/*',
        'artifacts/*',
        'training-jobs/*',
        'checkpoints/*',
      ],
      delete: ['open-runs/*', 'training-jobs/*', 'checkpoints/*'],
    },
  },
  evaluate: {
    artifacts: {
      read: ['datasets/*', 'models/*', 'artifacts/*'],
      write: ['models/*/runs/*', 'models/*/evaluations/*', 'models/*/aliases.json'],
      delete: ['open-runs/*'],
    },
  },
  meter: {
    artifacts: {
      read: ['usage/*'],
      write: ['usage/ledger/*', 'usage/late/*', 'usage/hours/*'],
    },
  },
  batch: {
    data: { read: anyInput },
    artifacts: {
      read: ['models/*', 'artifacts/*', 'jobs/*', 'job-uploads/*'],
      write: ['jobs/*'],
      delete: ['jobs/*'],
    },
  },
  call: {
    artifacts: {
      read: ['jobs/*'],
      write: ['jobs/*'],
      // What announced the visits of a job that has ended.
      delete: ['jobs/*/visits/*'],
    },
  },
};

const queued = ['endpoint-inputs/*', 'endpoint-answers/*'];

/** What functions do beside that where an endpoint has none: requests that cannot be answered at once become jobs. */
export const callRights: Readonly<Record<'predict' | 'generate' | 'control', FunctionRights>> = {
  predict: { artifacts: { write: ['endpoint-jobs/*'] } },
  generate: {
    artifacts: {
      read: ['jobs/*', 'job-keys/*'],
      write: ['endpoint-jobs/*', 'jobs/*', 'job-keys/*'],
    },
  },
  control: { artifacts: { delete: ['endpoint-jobs/*'] } },
};

/** What functions do beside that where an endpoint has a queue: put requests there, fetch answers, clean up after both. */
export const queueRights: Readonly<Record<'predict' | 'generate' | 'control' | 'batch', FunctionRights>> = {
  predict: {
    artifacts: {
      read: ['endpoint-answers/*'],
      write: ['endpoint-inputs/*', 'endpoint-jobs/*'],
      // An answer that came in time leaves no job behind.
      delete: [...queued, 'endpoint-jobs/*', 'jobs/*', 'job-keys/*'],
    },
  },
  generate: {
    artifacts: {
      read: ['endpoint-answers/*', 'jobs/*', 'job-keys/*'],
      // Who would rather not wait gets a job.
      write: ['endpoint-inputs/*', 'endpoint-jobs/*', 'jobs/*', 'job-keys/*'],
      delete: [...queued, 'endpoint-jobs/*', 'jobs/*', 'job-keys/*'],
    },
  },
  control: {
    artifacts: {
      read: queued,
      write: ['endpoint-inputs/*', 'endpoint-jobs/*'],
      delete: [...queued, 'endpoint-jobs/*'],
    },
  },
  // What was uploaded for a job may have to be prepared.
  batch: {
    artifacts: {
      read: ['endpoint-inputs/*'],
      write: ['endpoint-inputs/*'],
      delete: ['endpoint-inputs/*'],
    },
  },
};
