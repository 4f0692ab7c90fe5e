import { expect, test } from 'vitest';
import { currentOpenApi } from '../../scripts/api/current.ts';
import { runPython } from './python.ts';

/** What Python's validators say of a document. */
async function check(document: object): Promise<{ readonly examples: number; readonly faults: string[] }> {
  return JSON.parse(await runPython('check-openapi.py', [], { input: JSON.stringify(document) }));
}

test('Python finds a valid OpenAPI 3.1 document in which every example fits its schema', async () => {
  const report = await check(await currentOpenApi());

  expect(report.faults).toEqual([]);
  expect(report.examples).toBeGreaterThan(80);
});

test('expected failure: it finds a wrong example and a broken document', async () => {
  const document = structuredClone(await currentOpenApi());
  const { components } = document as unknown as {
    components: { schemas: Record<string, { properties: object }> };
  };
  Object.assign(components.schemas.UploadRequest!.properties, { file: { type: 'integer' } });

  const wrongExample = await check(document);
  const broken = await check({ ...document, info: {} });

  expect(wrongExample.faults.join()).toMatch(/'\w+\.csv' is not of type 'integer'/);
  expect(broken.faults.join()).toContain('title');
});
