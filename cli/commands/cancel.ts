/** `onramp cancel`: ends a job, or the training runs of a model. */
import type { RunView } from '../../lib/contracts/index.ts';
import { type Command, type CommandContext, exitCodes, note, printJson, printLines } from '../command.ts';

/** What ids of jobs look like, and names of models hardly ever. */
const jobId = /^[0-9a-f]{32}$/;

export const cancelCommand: Command = {
  name: 'cancel',
  args: ['MODEL|JOB', '[RUN]'],
  summary: 'end the training of a model, or a job',
  about: `Ends the runs of a model that wait or are being trained, or one of them, or a job, named by its id. Nothing of a
run that was cancelled is published; versions that are live go on answering. What has ended already stays as it is.`,
  examples: [
    'onramp cancel heart',
    'onramp cancel heart 9f93f38c4f8d89c1',
    'onramp cancel fe5dfe4c44f4bb3003ca00912cbc1e73',
  ],
  options: {},
  run: (context) => {
    const [name = '', run] = context.args;
    return run === undefined && jobId.test(name) ? cancelJob(context, name) : cancelRuns(context, name, run);
  },
};

async function cancelJob(context: CommandContext, id: string): Promise<number> {
  const job = await context.client.call('cancel-job', { path: { id } });
  if (context.json) printJson(context, job);
  else printLines(context, [`The job is ${job.status}: ${job.message}`]);
  return exitCodes.ok;
}

async function cancelRuns(context: CommandContext, model: string, run: string | undefined): Promise<number> {
  const { client, json } = context;
  const named = run === undefined ? await openRuns(context, model) : [run];
  const runs: RunView[] = [];
  for (const id of named) runs.push(await client.call('cancel-run', { path: { model, run: id } }));
  if (json) printJson(context, { object: 'list', data: runs });
  else if (runs.length === 0) note(context, `No run of "${model}" waits or is being trained.`);
  else
    printLines(
      context,
      runs.map((one) => `Run ${one.run} is ${one.state}: ${one.message}`),
    );
  return exitCodes.ok;
}

async function openRuns({ client }: CommandContext, model: string): Promise<readonly string[]> {
  const { data } = await client.call('list-runs', { path: { model } });
  return data.filter(({ state }) => state === 'queued' || state === 'running').map(({ run }) => run);
}
