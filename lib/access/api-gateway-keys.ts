/** The keys that API Gateway keeps: it makes their values, and its usage plans hold their throttles and quotas. */
import { upstream } from '../core/index.ts';
import type { ListedKey } from './key-directory.ts';

/** API Gateway gives no more in one answer. */
const pageSize = 500;

/**
 * Every key of the account in this region that is switched on. Keys of other APIs are among them: they open nothing,
 * as they have no grant here, and no usage plan of this API.
 *
 * @throws upstream `keys_unavailable`
 */
export async function listApiGatewayKeys(): Promise<readonly ListedKey[]> {
  const { client, paginateGetApiKeys } = await import('./api-gateway-sdk.ts');
  const keys: ListedKey[] = [];
  try {
    for await (const { items = [] } of paginateGetApiKeys(
      { client: client(), pageSize },
      { includeValues: true },
    )) {
      for (const { name, value, enabled } of items) {
        if (enabled === true && name !== undefined && value !== undefined) keys.push({ name, value });
      }
    }
  } catch (cause) {
    throw upstream('API Gateway did not list its keys.', { code: 'keys_unavailable', cause });
  }
  return keys;
}
