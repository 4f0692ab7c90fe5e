/** The platform on this machine with a tiny language model behind an endpoint, for other people's clients. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { apiKey, type Loop, startLoop } from '../loop/support.ts';

const container = fileURLToPath(new URL('../endpoint/containers/tiny-llm.ts', import.meta.url));
const otherKey = 'key-of-other';

/** Starts it with the model `assistant`, and a key that is not for it. */
export async function startLanguageModel(): Promise<Loop> {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-openai-'));
  const write = (name: string, content: object): string => {
    writeFileSync(join(folder, name), JSON.stringify(content));
    return join(folder, name);
  };
  const endpoint = { command: [process.execPath, container], kind: 'real-time', speaks: 'openai' };
  const endpoints = write('endpoints.json', { assistant: endpoint });
  const keys = write('keys.json', { other: { key: otherKey, scopes: ['predict'], models: ['other'] } });
  const loop = await startLoop('--endpoints', endpoints, '--keys', keys);
  const remove = async (): Promise<void> => {
    await loop.remove();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...loop, remove };
}

/** Runs a script of clients against the platform and gives what it found: cases by the name of the client. */
export async function runClients(
  command: string,
  script: string,
  { url }: Loop,
): Promise<Record<string, Record<string, unknown>>> {
  const child = spawn(command, [script, `${url}/v1`, apiKey, otherKey], {
    env: { ...process.env, PYTHONUTF8: '1' },
  });
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [output, complaint, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${complaint}`);
  return JSON.parse(output) as Record<string, Record<string, unknown>>;
}
