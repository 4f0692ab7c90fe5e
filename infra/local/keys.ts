/** The keys of the platform on one machine: the one that may do everything, and those of a file. */
import type { IncomingMessage } from 'node:http';
import {
  type Access,
  fullAccess,
  type Grant,
  grantProblem,
  isKeyText,
  type KnownKey,
  keyTable,
  presentedKey,
} from '../../lib/access/index.ts';
import { type OnrampError, sha256 } from '../../lib/core/index.ts';
import { fileRefusal, readSettingsFile } from './settings-file.ts';

const settings = { flag: '--keys', things: 'keys' } as const;

/** They are handed to the processes of the API in one variable, of which Linux takes no more than 128 KiB. */
const maxBytes = 120_000;

/**
 * Reads the keys there are; only their digests are kept.
 *
 * @param keysFile JSON: `{"<name>": {"key": "..." or "sha256": "...", "scopes": [...], "models": [...]}}`
 * @throws invalid_request naming the file and the key that is wrong
 */
export function readKeys({
  apiKey,
  keysFile,
}: {
  readonly apiKey: string;
  readonly keysFile: string | null;
}): readonly KnownKey[] {
  const keys = [{ digest: sha256(apiKey), access: fullAccess('local') }];
  if (keysFile !== null) keys.push(...keysOfFile(keysFile));
  if (new Set(keys.map(({ digest }) => digest)).size < keys.length) {
    throw refusal(
      keysFile ?? '',
      'two names have the same key, or one has that of --api-key; give each its own',
    );
  }
  const bytes = Buffer.byteLength(JSON.stringify(keys));
  if (bytes > maxBytes) {
    throw refusal(keysFile ?? '', `its grants take ${bytes} bytes, ${maxBytes} fit; use fewer keys or names`);
  }
  return keys;
}

function keysOfFile(file: string): KnownKey[] {
  const named = readSettingsFile(settings, file);
  return Object.entries(named).map(([name, entry]) => knownKey(name, entry, file));
}

function knownKey(name: string, entry: unknown, file: string): KnownKey {
  const { key, sha256: digest, ...grant } = (entry ?? {}) as Readonly<Record<string, unknown>>;
  const problem = grantProblem(grant);
  if (problem !== null) throw refusal(file, `key "${name}": ${problem}`);
  const access: Access = { caller: name, ...(grant as unknown as Grant) };
  if (key === undefined && typeof digest === 'string' && /^[0-9a-f]{64}$/.test(digest)) {
    return { digest, access };
  }
  if (digest === undefined && typeof key === 'string' && isKeyText(key)) {
    return { digest: sha256(key), access };
  }
  const forms =
    '"key", 1 to 256 visible ASCII characters without spaces, or "sha256", its digest in hexadecimal';
  throw refusal(file, `key "${name}": give it either ${forms}`);
}

const refusal = (file: string, problem: string): OnrampError => fileRefusal(settings, file, { problem });

/** Makes the function that finds out who sent a request, `null` for nobody who is known. */
export function identifier(keys: Iterable<KnownKey>): (request: IncomingMessage) => Access | null {
  const table = keyTable(keys);
  // A key that was found is remembered, as its digest costs more than all that the gateway does besides.
  // How long a search takes leads nobody to a key: the map compares texts only where their hashes are equal, and V8 makes
  // these with a secret seed, so a guess that shares its beginning with a key comes no nearer to it than any other.
  const found = new Map<string, Access>();
  return ({ headers }) => {
    const { 'x-api-key': header, authorization } = headers;
    const key = presentedKey(typeof header === 'string' ? header : undefined, authorization);
    if (key === null) return null;
    const known = found.get(key);
    if (known) return known;
    const access = table.find(key);
    if (access) found.set(key, access);
    return access;
  };
}
