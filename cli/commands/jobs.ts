/** `onramp batch`, `onramp jobs`. */
import { type Job, tableLines } from '../../lib/client/index.ts';
import { batchOptions, runBatch } from '../batch.ts';
import { type Command, exitCodes, note, printJson, printLines } from '../command.ts';

export const batchCommand: Command = {
  name: 'batch',
  args: ['MODEL', 'FILE'],
  summary: 'predict for a whole file, however large',
  about: `Uploads a table (CSV, TSV, JSON, JSON Lines or Parquet, also gzipped), has a job predict for all of its rows,
follows it and downloads the result: one row for each row of the file, in its order, with the label and the
probabilities or the value, and the number of warnings. Rows that cannot be read stay empty and are told in
OUTPUT.errors.jsonl.`,
  examples: [
    'onramp batch heart patients.csv',
    'onramp batch heart patients.csv.gz --keep id --output answers.parquet',
    'onramp batch heart patients.parquet --detach',
  ],
  options: {
    ...batchOptions,
    version: { value: 'N', about: 'ask this version instead of the live one' },
  },
  run: (context) => runBatch(context, context.args[0]!, context.args[1]!),
};

export const jobsCommand: Command = {
  name: 'jobs',
  args: ['[MODEL]'],
  summary: 'predictions for whole files, newest first',
  about: `Lists jobs, of one model or of all: queued, running, succeeded, failed or cancelled. With --json, each has the
addresses of its result and of its error file, good for an hour.`,
  examples: ['onramp jobs', 'onramp jobs heart --limit 5 --json'],
  options: { limit: { value: 'N', about: 'how many, newest first (20)' } },
  run: async (context) => {
    const [model] = context.args;
    const limit = Number(context.options.limit ?? 20);
    const query = { limit, ...(model !== undefined && { model }) };
    const list = await context.client.call('list-jobs', { query });
    if (context.json) printJson(context, list);
    else if (list.data.length > 0) printLines(context, jobLines(list.data));
    else note(context, 'There are no jobs; "onramp batch MODEL FILE" makes one.');
    return exitCodes.ok;
  },
};

function jobLines(jobs: readonly Job[]): string[] {
  return tableLines(
    ['job', 'model', 'version', 'status', 'created', 'file', 'message'],
    jobs.map(({ id, model, version, status, progress, created, input, message }) => [
      id,
      model,
      version ?? '-',
      status === 'running' ? `running ${Math.floor(progress * 100)} %` : status,
      `${created.slice(0, 19).replace('T', ' ')}Z`,
      input.file,
      message,
    ]),
  );
}
