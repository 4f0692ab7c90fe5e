/** Every operation of every dialect, by method and path template. */
import { explainOperations } from './explain/index.ts';
import { mlflowOperations } from './mlflow/index.ts';
import { nativeOperations } from './native.ts';
import { oipOperations } from './oip/index.ts';
import type { ServeOperations } from './service.ts';
import { tensorflowOperations } from './tensorflow/index.ts';

export const serveOperations: ServeOperations = {
  ...nativeOperations,
  ...explainOperations,
  ...oipOperations,
  ...tensorflowOperations,
  ...mlflowOperations,
};
