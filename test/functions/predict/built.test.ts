import { fileURLToPath } from 'node:url';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { exampleModel } from '../../runtime/example-model.ts';
import { type PublishedModels, publishModels } from '../../runtime/published-models.ts';
import { embeddingModel, faultOf, routeEvents } from '../../runtime/route-events.ts';

const built = fileURLToPath(new URL('../../../dist/predict/index.js', import.meta.url));
const context = { awsRequestId: 'built', getRemainingTimeInMillis: () => 30_000 };

let models: PublishedModels;
let handler: (event: APIGatewayProxyEvent, context: unknown) => Promise<APIGatewayProxyResult>;

beforeAll(async () => {
  models = await publishModels({ 'heart/1': exampleModel() });
  await models.publishEmbedding(embeddingModel);
  for (const [name, value] of Object.entries(models.environment)) vi.stubEnv(name, value);
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  ({ handler } = await import(built));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await models.close();
});

test.each(routeEvents)('the built function answers %s as the route table says', async (_id, route, event) => {
  const result = await handler(event, context);

  expect(faultOf(route, result)).toBeNull();
});
