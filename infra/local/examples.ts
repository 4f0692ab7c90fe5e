/** The example models of a first start: put there once, followed side by side, shown with a line to try. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ApiClient,
  createLiveLines,
  curlLine,
  exampleRow,
  followRun,
  isOver,
  type LineOutput,
  type LiveLine,
  modelLines,
  pushFile,
  runLine,
} from '../../lib/client/index.ts';
import type { ModelCard, RunView } from '../../lib/contracts/http.ts';
import { isOnrampError } from '../../lib/core/index.ts';

/** What the examples are installed with. */
export interface ExampleOptions {
  readonly client: ApiClient;
  /** Folder with `models/*.json` (specs) and `data/*.csv`. */
  readonly examplesDirectory: string;
  /** Tells the person at the terminal, in one line. */
  readonly report: (message: string) => void;
  /** Where progress is redrawn in place if it is a terminal; the summary goes there too. */
  readonly output?: LineOutput;
  readonly pollMs?: number;
}

/** The example models and the files they learn from. */
const examples = [
  { model: 'breast-cancer', file: 'breast_cancer.csv' },
  { model: 'seattle-weather', file: 'weather.csv' },
  { model: 'bird-strikes', file: 'birdstrikes.csv' },
  { model: 'chicago-ridership', file: 'chicago-ridership.csv' },
  { model: 'new-york-temperature', file: 'new-york-temperature.csv' },
] as const;

type Example = (typeof examples)[number];

/** The model of the line to try: its row is short. */
const tried = 'seattle-weather';

/**
 * Installs the examples that were never there, waits for those under way, and shows what can be asked.
 *
 * An example that was deleted stays deleted: its data set tells that it was there. One that fails is reported; the
 * others go on.
 */
export async function installExamples(options: ExampleOptions): Promise<void> {
  const { client, report, output = process.stdout } = options;
  const { data: cards } = await client.call('list-models', { query: { limit: '1000' } });
  const board = createBoard(options, output);
  await Promise.all(
    examples.map(async (example) => {
      try {
        await installOne(options, example, { card: cards.find(({ name }) => name === example.model), board });
      } catch (error) {
        board.show({ name: example.model, message: `not installed: ${messageOf(error)}` });
      }
    }),
  );
  board.end();
  await showModels(client, output).catch((error: unknown) =>
    report(`the models cannot be listed: ${messageOf(error)}`),
  );
}

interface Found {
  readonly card: ModelCard | undefined;
  readonly board: Board;
}

async function installOne(options: ExampleOptions, example: Example, { card, board }: Found): Promise<void> {
  const { client } = options;
  if (card && card.versions.length > 0) return;
  const run = card ? await newestRun(client, example.model) : undefined;
  if (run && isOver(run)) return board.show(runLine(run));
  if (!card && (await isKnown(client, example.model))) return;
  const started = run ?? (await push(options, example, board));
  const poll = options.pollMs === undefined ? {} : { pollMs: options.pollMs };
  const { model, run: id } = started;
  await followRun(client, { model, run: id, onChange: (now) => board.show(runLine(now)), ...poll });
}

async function push(
  { client, examplesDirectory, pollMs }: ExampleOptions,
  { model, file }: Example,
  board: Board,
): Promise<RunView> {
  board.show({ name: model, progress: 0, message: 'Uploading.' });
  const spec = JSON.parse(readFileSync(join(examplesDirectory, 'models', `${model}.json`), 'utf8'));
  const path = join(examplesDirectory, 'data', file);
  const poll = pollMs === undefined ? {} : { pollMs };
  return (await pushFile(client, { model, spec, file: path, ...poll })).run;
}

async function newestRun(client: ApiClient, model: string): Promise<RunView | undefined> {
  return (await client.call('list-runs', { path: { model }, query: { limit: '1' } })).data[0];
}

async function isKnown(client: ApiClient, dataset: string): Promise<boolean> {
  const { data } = await client.call('list-datasets', { query: { limit: '1000' } });
  return data.some((one) => one.dataset === dataset);
}

/** One line for each example that something is done for. */
interface Board {
  show(line: LiveLine): void;
  end(): void;
}

function createBoard({ report }: ExampleOptions, output: LineOutput): Board {
  const state = new Map<string, LiveLine>();
  const plain: LineOutput = { write: (text) => report(text.trimEnd()) };
  const lines = createLiveLines(output.isTTY ? output : plain);
  return {
    show: (line) => {
      if (state.size === 0) report('Installing the example models; --empty starts without them.');
      state.set(line.name, line);
      lines.show(examples.flatMap(({ model }) => state.get(model) ?? []));
    },
    end: () => lines.end(),
  };
}

async function showModels(client: ApiClient, output: LineOutput): Promise<void> {
  const { data: cards } = await client.call('list-models', { query: { limit: '1000' } });
  if (cards.length === 0) return;
  output.write(`\n${modelLines(cards).join('\n')}\n`);
  const card = cards.find(({ name, live }) => name === tried && live !== null) ?? cards.find(isAskable);
  if (!card?.schema || card.dataset === null) return;
  const { profile } = await client.call('get-dataset', { path: { dataset: card.dataset } });
  const { url, apiKey } = client;
  const line = curlLine(url, { model: card.name, apiKey, row: exampleRow(card.schema, profile) });
  output.write(`\nAsk one of them:\n\n${line}\n\n`);
  output.write('Your own data: npx onramp push FILE --model NAME --target COLUMN\n');
}

const isAskable = ({ live, schema }: ModelCard): boolean =>
  live !== null && schema !== null && schema.series === undefined;

const messageOf = (error: unknown): string =>
  isOnrampError(error) || error instanceof Error ? error.message : String(error);
