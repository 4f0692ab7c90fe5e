import { expect, it } from 'vitest';
import { createMemoryObjectStore } from '../../lib/storage/index.ts';
import { describeObjectStore } from './object-store.contract.ts';

describeObjectStore('memory', async () => createMemoryObjectStore());

it('dates objects by the clock it was given', async () => {
  const store = createMemoryObjectStore({ clock: { now: () => 42 } });

  await store.put('k', 'x');

  expect(await store.head('k')).toMatchObject({ modifiedAt: 42 });
});
