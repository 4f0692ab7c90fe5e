import { beforeAll, describe, expect, it } from 'vitest';
import { type Access, fullAccess, hasScope, nobody, type Scope } from '../../lib/access/index.ts';
import { type Route, routes } from '../../lib/contracts/index.ts';
import { createTenants, requestFor, type Tenants } from './tenants.ts';

const scopes: readonly Scope[] = ['predict', 'read', 'manage'];
const everyScope = fullAccess('own key');
const ownKey: Access = { ...everyScope, models: ['own'] };

/** What takes something away comes last. */
const guarded = routes
  .filter(({ scope }) => scope !== 'none')
  .sort((left, right) => Number(left.method === 'DELETE') - Number(right.method === 'DELETE'))
  .map((route): [string, Route] => [route.id, route]);

let tenants: Tenants;
beforeAll(async () => {
  tenants = await createTenants();
});

const isOthers = (key: string): boolean => /(^|\/)other(\/|$)/.test(key);

const ask = (route: Route, whose: 'own' | 'other', access: Access) =>
  tenants.call(route.function, requestFor(route, tenants[whose], access));

describe.each(guarded)('%s', (_, route) => {
  const call = (access: Access) => ask(route, 'own', access);

  it('bad call: without a caller that somebody has checked', async () => {
    tenants.takeTouched();

    const answer = await call(nobody);

    expect(answer).toMatchObject({ status: 401, code: 'unauthorized' });
    expect(tenants.takeTouched()).toEqual([]);
  });

  it('bad call: with every scope but its own', async () => {
    tenants.takeTouched();

    for (const scope of scopes) {
      const access: Access = { ...ownKey, scopes: [scope] };
      if (hasScope(access, route.scope as Scope)) continue;
      expect(await call(access), scope).toMatchObject({ status: 403, code: 'scope_missing' });
    }
    expect(tenants.takeTouched()).toEqual([]);
  });

  it("answers for one's own by its own scope alone, without a word of the other tenant", async () => {
    tenants.takeTouched();

    const answer = await call({ ...ownKey, scopes: [route.scope as Scope, ...alsoNeeded(route)] });

    expect(answer.status, answer.text).toBe(expectedStatus[route.id] ?? route.status);
    expect(answer.text).not.toContain('other');
    expect(tenants.takeTouched().filter(isOthers)).toEqual([]);
  });
});

/** Where a tenant has nothing to roll back to, has uploaded no model, and none that makes vectors or forecasts. */
const expectedStatus: Readonly<Record<string, number>> = {
  rollback: 409,
  'import-version': 404,
  embeddings: 400,
  forecast: 400,
  'time-series-forecast': 400,
};

/** Rows of a data set are data, so that a job over them needs to read. */
const alsoNeeded = ({ id }: Route): readonly Scope[] => (id === 'create-job' ? ['read'] : []);

const named = guarded.filter(([, { path }]) => /\{(model|dataset)\}/.test(path));
const ofJobs = guarded.filter(([, { path }]) => path.includes('{id}'));

it.each(named)(
  "bad call: %s of another tenant's model or data set, of which nothing is touched",
  async (_, route) => {
    tenants.takeTouched();

    const answer = await ask(route, 'other', ownKey);

    expect(answer).toMatchObject({
      status: 403,
      code: expect.stringMatching(/^(model|dataset)_not_allowed$/),
    });
    expect(tenants.takeTouched()).toEqual([]);
  },
);

it.each(ofJobs)(
  "bad call: %s of another tenant's job, of which only its record tells whose it is",
  async (_, route) => {
    tenants.takeTouched();

    const answer = await ask(route, 'other', ownKey);

    expect(answer).toMatchObject({ status: 404, code: 'job_not_found' });
    expect(tenants.takeTouched()).toEqual([`jobs/${tenants.other.job}/job.json`]);
  },
);
