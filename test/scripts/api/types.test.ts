import { expect, test } from 'vitest';
import type { JsonSchema } from '../../../scripts/api/json-schema.ts';
import { tidy } from '../../../scripts/api/json-schema.ts';
import { typeOf } from '../../../scripts/api/types.ts';

const written: readonly [JsonSchema, string][] = [
  [{}, 'unknown'],
  [{ type: 'integer' }, 'number'],
  [{ type: 'null' }, 'null'],
  [{ type: ['string', 'null'] }, 'string | null'],
  [{ const: "it's" }, "'it\\'s'"],
  [{ enum: ['a', 1] }, "'a' | 1"],
  [{ $ref: '#/components/schemas/ModelCard' }, 'ModelCard'],
  [{ type: 'array', items: { type: 'string' } }, 'string[]'],
  [{ type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'null' }] } }, 'Array<string | null>'],
  [{ type: 'array', prefixItems: [{ type: 'number' }, { type: 'string' }] }, '[number, string]'],
  [{ type: 'object', additionalProperties: { type: 'number' } }, 'Record<string, number>'],
  [
    { type: 'object', propertyNames: { enum: ['auc'] }, additionalProperties: {} },
    "Partial<Record<'auc', unknown>>",
  ],
  [
    {
      type: 'object',
      properties: { a: { type: 'string', description: 'First.' }, 'b-c': { type: 'number' } },
      required: ['a'],
    },
    "{\n  /** First. */\n  a: string;\n  'b-c'?: number | undefined;\n}",
  ],
  [{ allOf: [{ $ref: '#/x/A' }, { $ref: '#/x/B' }] }, '(A) & (B)'],
];

test.each(written)('%j becomes a TypeScript type', (schema, type) => {
  expect(typeOf(schema, '')).toBe(type);
});

test('bounds that every number has and patterns beside a format are left out', () => {
  const schema = tidy({
    type: 'object',
    properties: {
      count: { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
      share: { type: 'number', minimum: 0, maximum: 1 },
      time: { type: 'string', format: 'date-time', pattern: '^\\d+$' },
      any: { anyOf: [{}, { type: 'null' }] },
    },
  });

  expect(schema.properties).toEqual({
    count: { type: 'integer' },
    share: { type: 'number', minimum: 0, maximum: 1 },
    time: { type: 'string', format: 'date-time' },
    any: {},
  });
});
