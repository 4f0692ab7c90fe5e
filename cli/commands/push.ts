/** `onramp push`: a file becomes a model. */
import { stat } from 'node:fs/promises';
import { createLiveLines, type Pushed, pushFile, quote } from '../../lib/client/index.ts';
import type { RunView } from '../../lib/contracts/index.ts';
import { isOnrampError, OnrampError } from '../../lib/core/index.ts';
import { closest } from '../closest.ts';
import { type Command, type CommandContext, note, textOption, usageError } from '../command.ts';
import { untilInterrupted } from '../interrupt.ts';
import { withPackedFolder } from '../pack-folder.ts';
import { readSpec, type SpecDraft, saysSpec, specOptions } from '../spec-options.ts';
import { printOutcome, readOutcome, runGoesOn, watchRun } from '../watch-run.ts';

export const pushCommand: Command = {
  name: 'push',
  args: ['FILE'],
  summary: 'upload a data set, train a model, follow until it answers',
  about: `Uploads a table (CSV, TSV, JSON, JSON Lines or Parquet, also gzipped) or a folder that has a folder of pictures
or texts for each class (or a zip or tar of it), trains a model that predicts one of the columns, or the class, and
prints how good it is and how to ask it. Push a newer file to the same model and it learns again, as it did before
unless options say otherwise; the new version goes live if it does not lose to the one before.`,
  examples: [
    'onramp push heart.csv --model heart --target disease --positive yes',
    'onramp push newer.csv --model heart',
    'onramp push strikes.csv --model strikes --target "Amount of damage" --relabel "None=no,*=yes" --exclude Cost,Date',
    'onramp push flowers/ --model flowers',
    'onramp push customers.csv --model customers --task clustering',
    'onramp push sales.csv --model sales --target revenue --split time:day --metric r2',
  ],
  options: {
    model: { value: 'NAME', about: 'name of the model: small letters, digits, "-", "_", "."' },
    ...specOptions,
  },
  run: push,
};

async function push(context: CommandContext): Promise<number> {
  const { client, terminal, options, args } = context;
  const model = textOption(options, 'model');
  if (model === undefined) throw usageError('--model is missing: name the model, as in --model heart');
  const path = args[0]!;
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
  const kept = saysSpec(options) ? null : await keptSpec(context, model);
  const spec = kept ?? (await readSpec(options, model, isFolder ? 'label' : undefined));
  const lines = createLiveLines(terminal.stderr);
  let farewell = (): string => 'The upload is broken off; nothing new is trained.';
  const pushOne = (file: string): Promise<Pushed> =>
    pushFile(client, {
      model,
      spec,
      keepsSpec: kept !== null,
      file,
      onUpload: (sent, total) => lines.show([{ name: model, progress: sent / total, message: 'Uploading.' }]),
      onUploaded: () => {
        farewell = runGoesOn(model);
        lines.end();
        note(context, `Uploaded to data set "${spec.dataset}"; waiting for its run.`);
      },
    });
  const pushed = (isFolder ? withPackedFolder(path, pushOne) : pushOne(path)).catch(
    async (error: unknown) => {
      throw await withHint(context, error, spec);
    },
  );
  const { run, trainedBefore } = await untilInterrupted(terminal, () => farewell(), pushed);
  const over = trainedBefore ? run : await watchRun(context, run);
  const code = await printOutcome(context, await readOutcome(context, over, trainedBefore));
  await noteWayOut(context, over, spec);
  return code;
}

/** What a model is known to learn, if it was pushed before. */
async function keptSpec({ client }: CommandContext, model: string): Promise<SpecDraft | null> {
  try {
    const { dataset, target } = await client.call('get-model', { path: { model } });
    return dataset === null ? null : { dataset, ...(target !== null && { target }) };
  } catch (error) {
    if (isOnrampError(error) && error.kind === 'not_found') return null;
    throw error;
  }
}

/** The option that would have helped, where the message names a field of the spec. */
async function noteWayOut(context: CommandContext, { error }: RunView, spec: SpecDraft): Promise<void> {
  if (error?.code === 'unknown_target') {
    const guess = await guessColumn(context, spec);
    if (guess !== null) note(context, `Did you mean --target "${guess}"?`);
  }
  if (error?.code === 'column_missing' || error?.code === 'too_many_categories')
    note(context, `On this line: --exclude ${quote(listItem(error.param ?? ''))}`);
}

/** A name as an option takes it that has names between commas. */
const listItem = (name: string): string => (/[,"]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);

/** A spec is checked against the data that are there, which may not be those of the file that was meant to come. */
async function withHint(context: CommandContext, error: unknown, spec: SpecDraft): Promise<unknown> {
  if (!isOnrampError(error) || error.code !== 'unknown_column') return error;
  const guess = error.param === 'target' ? await guessColumn(context, spec) : null;
  const hint = guess === null ? '' : ` Did you mean "${guess}"?`;
  const message = `${error.message}${hint} (Those are the columns uploaded last; a file with others needs a --dataset of its own.)`;
  return new OnrampError(error.kind, message, { code: error.code, cause: error });
}

/** The column of the data set that the target was probably meant to be. */
async function guessColumn({ client }: CommandContext, spec: SpecDraft): Promise<string | null> {
  const { columns } = await client.call('get-dataset', { path: { dataset: spec.dataset } });
  return closest(
    String(spec.target),
    columns.map(({ name }) => name),
  );
}
