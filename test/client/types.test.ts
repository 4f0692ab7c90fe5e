import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { currentClientModule } from '../../scripts/api/current.ts';

test('the types of the client are those of the route table; "npm run generate" writes them anew', async () => {
  const written = readFileSync(new URL('../../lib/client/api.ts', import.meta.url), 'utf8');

  expect(written).toBe(await currentClientModule());
});
