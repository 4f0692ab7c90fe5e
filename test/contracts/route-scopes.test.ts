import { expect, it } from 'vitest';
import { routes, scopeOfRoute } from '../../lib/contracts/index.ts';

it('says of every route what the route table says', () => {
  const said = routes.map(({ method, path }) => scopeOfRoute(method, path));

  expect(said).toEqual(routes.map(({ scope }) => scope));
});

it('asks the most of a route that is not in the table', () => {
  expect(scopeOfRoute('PATCH', '/v1/models/{model}')).toBe('manage');
  expect(scopeOfRoute('GET', '/toString')).toBe('manage');
});
