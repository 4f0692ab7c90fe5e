import { expect, it } from 'vitest';
import { convertSchema } from '../../../../infra/local/llama/json-schema.ts';

const strict = { param: 'schema', isStrict: true };

it('a schema as frameworks write it becomes one that the library holds whole', () => {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Person',
    type: 'object',
    properties: {
      name: { type: 'string', minLength: 1, description: 'Full name' },
      born: { type: 'string', format: 'date' },
      email: { anyOf: [{ type: 'string' }, { type: 'null' }], default: null },
      nick: { type: ['string', 'null'], maxLength: 5 },
      pets: { type: 'array', items: { $ref: '#/$defs/Pet' }, minItems: 1 },
      level: { const: 3 },
      notes: { type: 'object' },
    },
    required: ['name'],
    additionalProperties: false,
    $defs: { Pet: { enum: ['cat', 'dog'], title: 'Pet' } },
  };

  const converted = convertSchema(schema, strict);

  expect(converted).toEqual({
    type: 'object',
    properties: {
      name: { type: 'string', minLength: 1 },
      born: { type: 'string', format: 'date' },
      email: { oneOf: [{ type: 'string' }, { type: 'null' }] },
      nick: { oneOf: [{ type: 'string', maxLength: 5 }, { type: 'null' }] },
      pets: { type: 'array', items: { $ref: '#/$defs/Pet' }, minItems: 1 },
      level: { const: 3 },
      notes: { type: 'object', properties: {}, additionalProperties: true },
    },
    additionalProperties: false,
    $defs: { Pet: { enum: ['cat', 'dog'] } },
  });
});

it.each([
  [{ type: 'object', properties: { age: { type: 'integer', minimum: 0 } } }, 'schema.properties.age.minimum'],
  [{ type: 'string', pattern: '^a' }, 'schema.pattern'],
  [{ type: 'string', format: 'email' }, 'schema.format'],
  [{ allOf: [{ type: 'object' }] }, 'schema.allOf'],
  [{ type: 'array', items: { $ref: '#/definitions/A' } }, 'schema.items.$ref'],
  [{ type: 'object', required: ['a'], properties: {} }, 'schema.required'],
  [{ enum: [{ a: 1 }] }, 'schema.enum.0'],
  [{ type: 'date' }, 'schema.type'],
])('bad call: %j is refused at %s', (schema, param) => {
  expect(() => convertSchema(schema, strict)).toThrow(
    expect.objectContaining({ kind: 'invalid_request', code: 'unsupported_schema', param }),
  );
});

it('without strictness a rule that no grammar holds is left to the prompt', () => {
  const schema = {
    type: 'object',
    properties: { age: { type: 'integer', minimum: 0 }, mail: { type: 'string', format: 'email' } },
  };

  const converted = convertSchema(schema, { param: 'schema', isStrict: false });

  expect(converted).toEqual({
    type: 'object',
    properties: { age: { type: 'integer' }, mail: { type: 'string' } },
  });
});
