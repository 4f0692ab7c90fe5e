import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const entry = fileURLToPath(new URL('../../../../infra/local/llama/main.ts', import.meta.url));
const fake = fileURLToPath(new URL('fake-library.ts', import.meta.url));

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onramp-llama-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Installs what stands for the library, as npm would. */
function installFake(setup = ''): void {
  const write = (name: string, code: string): void => {
    const directory = join(folder, 'node_modules', name);
    mkdirSync(directory, { recursive: true });
    writeFileSync(
      join(directory, 'package.json'),
      JSON.stringify({ name, type: 'module', main: 'index.js' }),
    );
    writeFileSync(join(directory, 'index.js'), code);
  };
  const from = JSON.stringify(pathToFileURL(fake).href);
  write(
    'node-llama-cpp',
    `import { createFakeLibrary } from ${from};
const { library } = createFakeLibrary(() => ['Hello'], { ${setup} });
export const { getLlama, LlamaGrammarEvaluationState, TokenBias } = library;`,
  );
  write('@huggingface/jinja', `export { FakeTemplate as Template } from ${from};`);
}

function writeModel(head = 'GGUF'): string {
  const path = join(folder, 'model.gguf');
  writeFileSync(path, `${head} and so on`);
  return path;
}

function start(environment: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, [entry], {
    cwd: folder,
    env: { ...process.env, HOME: folder, USERPROFILE: folder, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.push(child);
  return child;
}

/** Starts it on a free port, and resolves when its first ping is answered. */
async function serve(): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { readonly port: number };
  await new Promise((resolve) => probe.close(resolve));
  const child = start({ ONRAMP_GGUF: writeModel(), SAGEMAKER_BIND_TO_PORT: String(port) });
  const url = `http://127.0.0.1:${port}`;
  while (child.exitCode === null) {
    const answer = await fetch(`${url}/ping`).catch(() => null);
    if (answer?.status === 200) return { url, child };
    await delay(20);
  }
  throw new Error(await text(child.stderr!));
}

async function failure(environment: Readonly<Record<string, string>>) {
  const child = start(environment);
  const [said, [code]] = await Promise.all([text(child.stderr!), once(child, 'exit')]);
  return { said, code };
}

interface Vectors {
  readonly data: readonly { readonly embedding: string }[];
}

const ask = (url: string, body: object): Promise<Response> =>
  fetch(`${url}/invocations`, { method: 'POST', body: JSON.stringify(body) });

describe('the process', () => {
  it('answers pings when its model is loaded, and requests until SIGTERM', async () => {
    installFake();
    const { url, child } = await serve();

    const answer = await (await ask(url, { messages: [{ role: 'user', content: 'Hi' }] })).json();
    const exited = once(child, 'exit');
    child.kill('SIGTERM');

    expect(answer).toMatchObject({ model: 'model', choices: [{ message: { content: 'Hello' } }] });
    // Windows knows no signals: there it is ended at once.
    expect(await exited).toEqual(process.platform === 'win32' ? [null, 'SIGTERM'] : [0, null]);
  });

  it('makes vectors of length 1 if its model is one for that', async () => {
    installFake('poolingType: 1');
    const { url } = await serve();

    const floats = await (await ask(url, { input: ['One two', 'Three'] })).json();
    const base64 = await (await ask(url, { input: [0, 1], encoding_format: 'base64' })).json();
    const chat = await ask(url, { messages: [{ role: 'user', content: 'Hi' }] });

    const vector = [Math.fround(0.6), Math.fround(0.8)];
    expect(floats).toEqual({
      object: 'list',
      data: [0, 1].map((index) => ({ object: 'embedding', index, embedding: vector })),
      model: 'model',
      usage: { prompt_tokens: 7, total_tokens: 7 },
    });
    const bytes = Buffer.from((base64 as Vectors).data[0]!.embedding, 'base64');
    expect([bytes.readFloatLE(0), bytes.readFloatLE(4)]).toEqual(vector);
    expect(chat.status).toBe(400);
  });

  it('expected failure: a package that is not installed is named with the command that installs it', async () => {
    const { said, code } = await failure({ ONRAMP_GGUF: writeModel() });

    expect(said).toMatch(
      /^A GGUF model needs the package node-llama-cpp.*"npm install node-llama-cpp@3\.\d+\.\d+"/,
    );
    expect(code).toBe(1);
  });

  it('expected failure: a file that is not there, or is none of a model, is named', async () => {
    installFake();

    const missing = await failure({ ONRAMP_GGUF: join(folder, 'none.gguf') });
    const other = await failure({ ONRAMP_GGUF: writeModel('PK') });

    expect(missing).toMatchObject({
      code: 1,
      said: expect.stringMatching(/none\.gguf: there is no such file/),
    });
    expect(other).toMatchObject({ code: 1, said: expect.stringMatching(/model\.gguf is not a GGUF file/) });
  });

  it('bad call: a setting that is no number is named', async () => {
    const { said, code } = await failure({ ONRAMP_GGUF: writeModel(), ONRAMP_GGUF_CONTEXT: 'much' });

    expect(said).toBe('ONRAMP_GGUF_CONTEXT is "much"; it must be a whole number from 64 to 1048576.\n');
    expect(code).toBe(1);
  });
});
