/** Runs the real platform from `dist/` in a process group of its own, and speaks to it as a stranger would. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { Answer as AnswerOf, OperationId } from '../../lib/client/index.ts';
import { type ErrorBody, errorBody, type RunView } from '../../lib/contracts/http.ts';
import { freePort, type ProcessGroup, startGroup } from './process-group.ts';

export { heartCsv } from '../heart-csv.ts';

const main = fileURLToPath(new URL('../../dist/platform/main.js', import.meta.url));
const host = '127.0.0.1';

/** The key and the credentials that the platform's documentation gives. */
export const apiKey = 'onramp-local';
export const s3Credentials = { accessKeyId: 'onramp', secretAccessKey: 'onramp-local' } as const;
export const dataBucket = 'onramp-data';
export const artifactBucket = 'onramp-artifacts';

/** An answer of the API; `body` is parsed where it is JSON, and what the test expects it to be. */
export interface Answer<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** What a route answers when all goes well, by its id in the route table. */
export type BodyOf<Id extends OperationId> = AnswerOf<Id>;

/** A platform on a home folder; it may be killed and started again, on the same ports. */
export interface Loop {
  readonly home: string;
  readonly url: string;
  readonly s3Url: string;
  readonly s3: S3Client;
  /** Everything the terminal showed since the last start. */
  output(): string;
  /** Process id of the platform itself. */
  processId(): number;
  api<Body = unknown>(method: string, path: string, body?: unknown): Promise<Answer<Body>>;
  /** Asks for an address and puts the file there, as the console does. */
  upload(dataset: string, file: string, content: string | Uint8Array<ArrayBuffer>): Promise<void>;
  /** Every process at once, as a power cut would; resolves when all of them are gone. */
  killTree(): Promise<void>;
  /** Sends one signal to the platform alone and waits for its end. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Resolves when the API answers. */
  start(): Promise<void>;
  /** Ends everything and removes the folder. */
  remove(): Promise<void>;
}

/** Makes a home folder, starts the platform on it and waits until it answers. */
export async function startLoop(...flags: readonly string[]): Promise<Loop> {
  if (!existsSync(main)) throw new Error(`${main} is missing; run "npm run build"`);
  const folder = mkdtempSync(join(tmpdir(), 'onramp-loop-'));
  const home = join(folder, 'home');
  const [port, s3Port] = [await freePort(), await freePort()];
  const [url, s3Url] = [`http://${host}:${port}`, `http://${host}:${s3Port}`];
  const args = [main, '--empty', '--port', port, '--s3-port', s3Port, '--home', home, ...flags].map(String);
  const s3 = newS3Client(s3Url);
  let group: ProcessGroup | undefined;

  const start = async (): Promise<void> => {
    group = startGroup(args);
    await group.ready(url);
  };
  const killTree = async (): Promise<void> => group?.kill();
  const api: Loop['api'] = (method, path, body) => callApi(`${url}${path}`, method, body);
  const remove = async (): Promise<void> => {
    await killTree();
    s3.destroy();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    ...{ home, url, s3Url, s3, api, start, killTree, remove },
    output: () => group!.output(),
    processId: () => group!.child.pid!,
    upload: (dataset, file, content) => uploadByTicket(api, { dataset, file, content }),
    stop: async (signal = 'SIGTERM') => {
      group!.child.kill(signal);
      return group!.ended;
    },
  };
}

/** Runs the platform until it ends by itself; for starts that are refused. */
export async function runUntilEnd(
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly output: string }> {
  const group = startGroup([main, '--empty', ...args]);
  const code = await group.ended;
  return { code, output: group.output() };
}

/** A plain client of Amazon's, with nothing of ours in it. */
export function newS3Client(endpoint: string, options: S3ClientConfig = {}): S3Client {
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    credentials: s3Credentials,
    forcePathStyle: true,
    ...options,
  });
}

async function callApi<Body>(url: string, method: string, body?: unknown): Promise<Answer<Body>> {
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: { 'x-api-key': apiKey, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') && text !== '';
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

async function uploadByTicket(
  api: Loop['api'],
  {
    dataset,
    file,
    content,
  }: { readonly dataset: string; readonly file: string; readonly content: string | Uint8Array<ArrayBuffer> },
): Promise<void> {
  const ticket = await api<BodyOf<'create-upload'>>('POST', `/v1/datasets/${dataset}/uploads`, { file });
  if (ticket.status !== 200) throw new Error(`no upload address: ${JSON.stringify(ticket.body)}`);
  const { url, method, headers } = ticket.body;
  const answer = await fetch(url, { method, headers, body: content });
  if (!answer.ok) throw new Error(`the upload was refused: ${answer.status} ${await answer.text()}`);
}

/** What a refusal in the native form says. */
export const errorOf = ({ body }: Answer): ErrorBody['error'] => errorBody.parse(body).error;

/** The status of a refusal and its code. */
export const refusalOf = (answer: Answer): [status: number, code: string | null] => [
  answer.status,
  errorOf(answer).code,
];

type Falsy = false | null | undefined;

/** Waits until a condition holds; the test's own time limit ends a wait in vain. */
export async function until<T>(
  probe: () => T | Falsy | Promise<T | Falsy>,
  pauseMs = 50,
): Promise<Exclude<T, Falsy>> {
  for (;;) {
    const value = await probe();
    if (value) return value as Exclude<T, Falsy>;
    await delay(pauseMs);
  }
}

/** A model's runs, newest first. */
export async function runsOf({ api }: Loop, model: string): Promise<readonly RunView[]> {
  const { status, body } = await api<BodyOf<'list-runs'>>('GET', `/v1/models/${model}/runs?limit=1000`);
  return status === 200 ? body.data : [];
}

/** Waits until a model has `count` runs and all of them have ended; newest first. */
export async function waitForRuns(loop: Loop, model: string, count: number): Promise<readonly RunView[]> {
  return until(async () => {
    const runs = await runsOf(loop, model);
    return runs.length >= count && runs.every(({ ended }) => ended !== null) && runs;
  });
}

/** Waits until a model's newest run, of a file of this name, has ended. */
export async function waitForRun(loop: Loop, model: string, file: string): Promise<RunView> {
  return until(async () =>
    (await runsOf(loop, model)).find(({ source, ended }) => source.file === file && ended !== null),
  );
}

/** A spec that learns in a moment. */
export const linearSpec = { dataset: 'heart', target: 'disease', learner: 'linear', metric: 'auc' } as const;
