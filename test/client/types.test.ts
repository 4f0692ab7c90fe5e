import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { clientModulePath, currentClientModule } from '../../scripts/api/current.ts';

test('the types of the client are those of the route table; "npm run generate" writes them anew', async () => {
  const written = readFileSync(clientModulePath, 'utf8');

  expect(written).toBe(await currentClientModule());
});
