/** The models that can be asked, as KServe and as Triton list them. */
import { type Access, coversName } from '../../access/index.ts';
import { artifactKeys } from '../../contracts/keys.ts';
import { invalidInput, isRecord, parseJson } from '../../core/index.ts';
import { mapConcurrent, type ObjectStore } from '../../storage/index.ts';
import type { ServeOperation } from '../service.ts';
import { listVersionNumbers } from './model-metadata.ts';

/** `GET /v2/models`: the names, as KServe gives them. */
export const listModels: ServeOperation = async ({ artifacts }, { access }) => ({
  status: 200,
  text: JSON.stringify({ models: await modelNames(artifacts, access) }),
});

interface IndexEntry {
  readonly name: string;
  readonly version?: string;
  readonly state: 'READY' | 'UNAVAILABLE';
  readonly reason: string;
}

/** `POST /v2/repository/index`: every version, as Triton lists them; `{"ready": true}` leaves out what cannot answer. */
export const repositoryIndex: ServeOperation = async ({ artifacts }, { access, body }) => {
  const onlyReady = wantsOnlyReady(body.text());
  const entries = await mapConcurrent(await modelNames(artifacts, access), (name) =>
    entriesOf(artifacts, name),
  );
  const wanted = entries.flat().filter(({ state }) => !onlyReady || state === 'READY');
  return { status: 200, text: JSON.stringify(wanted) };
};

function wantsOnlyReady(text: string): boolean {
  const body = text === '' ? {} : parseJson(text);
  const { ready = false } = isRecord(body) ? body : { ready: null };
  if (typeof ready === 'boolean') return ready;
  throw invalidInput('The body must be empty or a JSON object such as {"ready": true}.', {
    code: 'invalid_field',
    param: 'ready',
  });
}

/** The caller's models. */
async function modelNames(artifacts: ObjectStore, access: Access): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const folder of artifacts.listFolders(artifactKeys.models())) names.push(folder.slice(0, -1));
  return names.filter((name) => coversName(access, name));
}

async function entriesOf(artifacts: ObjectStore, name: string): Promise<readonly IndexEntry[]> {
  const versions = await listVersionNumbers(artifacts, name);
  if (versions.length === 0) return [{ name, state: 'UNAVAILABLE', reason: 'no version is published yet' }];
  return versions.map((version) => ({ name, version, state: 'READY', reason: '' }));
}
