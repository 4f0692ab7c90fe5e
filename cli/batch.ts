/** Predictions for a whole file: uploaded, answered by a job, downloaded again. */
import { parse } from 'node:path';
import {
  count,
  createLiveLines,
  downloadFile,
  followJob,
  type Job,
  type JobOptions,
  jobLine,
  startJob,
} from '../lib/client/index.ts';
import { jobFormat } from '../lib/contracts/index.ts';
import {
  type CommandContext,
  type CommandOption,
  exitCodes,
  listOption,
  note,
  printJson,
  printLines,
  textOption,
  usageError,
} from './command.ts';
import { untilInterrupted } from './interrupt.ts';

/** Options of a job, wherever it is made. */
export const batchOptions: Readonly<Record<string, CommandOption>> = {
  output: { value: 'FILE', about: 'where the result goes (beside the input, as NAME-predictions.csv)' },
  format: { value: 'FORMAT', about: 'csv, jsonl or parquet (as the output is called; csv)' },
  keep: {
    value: 'COLUMNS',
    about: 'columns of the input to copy into the result, as id,name',
    multiple: true,
  },
  strict: { about: 'take what is unlike the training data for an error of its row' },
  stop: { about: 'end the job at the first row that cannot be read, instead of telling it in an error file' },
  detach: { about: 'do not wait: print the id of the job' },
};

/** Has a file predicted for and brings the result. Gives the exit code. */
export async function runBatch(context: CommandContext, model: string, file: string): Promise<number> {
  const { client, terminal, options, json } = context;
  const format = formatOf(context);
  const output = textOption(options, 'output') ?? besides(file, format);
  const lines = createLiveLines(terminal.stderr);
  const started = startJob(client, {
    model,
    file,
    request: requestOf(context, format),
    onUpload: (sent, total) => lines.show([{ name: model, progress: sent / total, message: 'Uploading.' }]),
  });
  const job = await untilInterrupted(terminal, () => 'The upload is broken off; there is no job.', started);
  if (options.detach === true) {
    lines.end();
    if (json) printJson(context, { job, output: null, errors: null });
    else printLines(context, [job.id]);
    return exitCodes.ok;
  }
  const followed = followJob(client, job.id, { onChange: (now) => lines.show([jobLine(now)]) });
  const over = await untilInterrupted(terminal, jobGoesOn(job), followed);
  lines.end();
  return bring(context, over, output);
}

const jobGoesOn =
  ({ id }: Job) =>
  (): string =>
    `The job goes on without this command; "onramp jobs" shows how it ends, "onramp cancel ${id}" ends it.`;

function requestOf(
  { options }: CommandContext,
  format: NonNullable<Job['output']>['format'],
): JobOptions['request'] {
  const version = textOption(options, 'version');
  return {
    output: { format, keep: [...listOption(options, 'keep')] },
    ...(version !== undefined && { version }),
    strict: options.strict === true,
    on_error: options.stop === true ? 'stop' : 'skip',
  };
}

function formatOf({ options }: CommandContext): NonNullable<Job['output']>['format'] {
  const ending = parse(textOption(options, 'output') ?? '').ext.slice(1);
  const asked = textOption(options, 'format') ?? (jobFormat.safeParse(ending).success ? ending : 'csv');
  const format = jobFormat.safeParse(asked);
  if (format.success) return format.data;
  throw usageError(`--format is "${asked}"; give csv, jsonl or parquet.`);
}

/** `data/big.csv.gz` gives `data/big-predictions.csv`. */
function besides(file: string, format: string): string {
  const { dir, base } = parse(file);
  const stem = base.replace(/(\.(csv|tsv|tab|txt|json|jsonl|ndjson|parquet))?(\.gz)?$/i, '');
  return `${dir === '' ? '' : `${dir}/`}${stem}-predictions.${format}`;
}

async function bring(context: CommandContext, job: Job, output: string): Promise<number> {
  const { style, terminal, json } = context;
  const errors = job.errors && `${output}.errors.jsonl`;
  if (job.result) await downloadFile(job.result.url, output);
  if (job.errors && errors) await downloadFile(job.errors.url, errors);
  const { status, model, version, message } = job;
  if (json) printJson(context, { job, output: job.result && output, errors });
  else if (status === 'succeeded') {
    const answered = count(job.rows_done - job.rows_failed, 'row');
    printLines(context, [style.good(`${answered} answered by ${model} version ${version}: ${output}`)]);
    if (errors)
      note(context, style.warn(`${count(job.rows_failed, 'row')} could not be answered: ${errors}`));
    if (job.warnings > 0)
      note(context, `${count(job.warnings, 'warning')}; the result counts them row by row`);
  } else terminal.stderr.write(`${style.bad(`onramp: the job ${status}: ${message}`)}\n`);
  return status === 'succeeded' ? exitCodes.ok : exitCodes.failed;
}
