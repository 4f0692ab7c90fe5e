/** The route table: every HTTP route once. The cloud's API, the local gateway and the API document are made from it. */
import { docsRoutes } from './routes/docs.ts';
import { embeddingRoutes } from './routes/embeddings.ts';
import { explainRoutes } from './routes/explain.ts';
import { forecastRoutes } from './routes/forecast.ts';
import { importRoutes } from './routes/import.ts';
import { jobRoutes } from './routes/jobs.ts';
import { mlflowRoutes } from './routes/mlflow.ts';
import { nativeRoutes } from './routes/native.ts';
import { oipRoutes } from './routes/oip.ts';
import { openaiRoutes } from './routes/openai.ts';
import type { Route } from './routes/route.ts';
import { tensorflowRoutes } from './routes/tensorflow.ts';
import { usageRoutes } from './routes/usage.ts';

export type { AuthScope, HttpFunction, Route } from './routes/route.ts';

/** Every route of the service. */
export const routes: readonly Route[] = [
  ...nativeRoutes,
  ...explainRoutes,
  ...forecastRoutes,
  ...openaiRoutes,
  ...embeddingRoutes,
  ...importRoutes,
  ...oipRoutes,
  ...tensorflowRoutes,
  ...mlflowRoutes,
  ...jobRoutes,
  ...usageRoutes,
  ...docsRoutes,
];
