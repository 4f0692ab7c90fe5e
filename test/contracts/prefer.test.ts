import { expect, it } from 'vitest';
import { preferredWaitMs, prefersAsync } from '../../lib/contracts/prefer.ts';

it.each([
  [undefined, false, undefined],
  ['', false, undefined],
  ['respond-async', true, 0],
  ['Respond-Async; x=1', true, 0],
  ['wait=10', false, 10_000],
  ['respond-async, wait=10', true, 10_000],
  ['handling=lenient, wait = "7"; x, respond-async', true, 7_000],
  ['wait=0', false, 0],
  ['wait', false, undefined],
  ['wait=-1', false, undefined],
  ['wait=1.5', false, undefined],
  ['respond-asynchronously', false, undefined],
])('%s', (prefer, isAsync, waitMs) => {
  expect(prefersAsync(prefer)).toBe(isAsync);
  expect(preferredWaitMs(prefer)).toBe(waitMs);
});
