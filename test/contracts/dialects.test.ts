import { expect, test } from 'vitest';
import { dialectOf, routes } from '../../lib/contracts/index.ts';

test.each([
  ['POST', '/v1/models/heart:predict', 'tensorflow'],
  ['POST', '/v1/models/heart%3Apredict', 'tensorflow'],
  ['POST', '/v1/models/heart/versions/3:predict', 'tensorflow'],
  ['POST', '/v1/models/heart/labels/live:predict', 'tensorflow'],
  ['GET', '/v1/models/heart/labels/live', 'tensorflow'],
  ['GET', '/v1/models/heart/metadata', 'tensorflow'],
  ['GET', '/v1/models/heart/versions/3/metadata', 'tensorflow'],
  ['GET', '/v1/models/heart/labels/live/metadata', 'tensorflow'],
  ['GET', '/v1/models/heart', 'native'],
  ['GET', '/v1/models/heart/versions/3', 'native'],
  ['PUT', '/v1/models/heart', 'native'],
  ['POST', '/v1/models/heart/predict', 'native'],
  ['POST', '/v1/models/heart/versions/uploads', 'native'],
  ['POST', '/invocations', 'mlflow'],
  ['GET', '/ping', 'mlflow'],
  ['GET', '/pings', 'native'],
  ['GET', '/v2', 'oip'],
  ['POST', '/v2/models/heart/infer', 'oip'],
  ['GET', '/v20', 'native'],
] as const)('%s %s is spoken to in the dialect %s', (method, path, dialect) => {
  expect(dialectOf(method, path)).toBe(dialect);
});

test('a route and the addresses that lead to it are of one dialect', () => {
  const wrong = routes.filter(({ method, path, shownPath = path, dialect }) => {
    const address = shownPath.replaceAll(/\{\w+\}/g, '3');
    return dialectOf(method, path) !== dialect || dialectOf(method, address) !== dialect;
  });

  expect(wrong.map(({ id }) => id)).toEqual([]);
});
