/** A platform on this machine with keys for two tenants, asked over its wire. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Loop, startLoop } from '../loop/support.ts';

const everyScope = ['predict', 'read', 'manage'];

/** The keys that the platform is started with, beside the one that may do everything. */
export const keys = {
  own: { key: 'key-of-own', scopes: everyScope, models: ['own'] },
  other: { key: 'key-of-other', scopes: everyScope, models: ['other'] },
  'own-predict': { key: 'key-of-own-predict', scopes: ['predict'], models: ['own'] },
  'own-read': { key: 'key-of-own-read', scopes: ['read'], models: ['own'] },
  'own-manage': { key: 'key-of-own-manage', scopes: ['manage'], models: ['own'] },
} as const;

/** Starts it; the keys are in a file as a user would write it. */
export async function startWithKeys(): Promise<Loop> {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-keys-'));
  const file = join(folder, 'keys.json');
  writeFileSync(file, JSON.stringify(keys));
  const loop = await startLoop('--keys', file);
  const remove = async (): Promise<void> => {
    await loop.remove();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...loop, remove };
}

/** The headers by which a key is sent. */
export const asKey = (name: keyof typeof keys): Record<string, string> => ({ 'x-api-key': keys[name].key });
