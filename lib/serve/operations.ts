/** Every operation of every dialect, by method and path template. */
import { mlflowOperations } from './mlflow/index.ts';
import { nativeOperations } from './native.ts';
import { oipOperations } from './oip/index.ts';
import type { ServeOperations } from './service.ts';
import { tensorflowOperations } from './tensorflow/index.ts';

export const serveOperations: ServeOperations = {
  ...nativeOperations,
  ...oipOperations,
  ...tensorflowOperations,
  ...mlflowOperations,
};
