/** The Python that runs MLflow's own client. */
import { ensureClient } from './python-packages.ts';

/**
 * The Python to use.
 *
 * @throws Error that says what is missing
 */
export const ensureMlflow = (): string =>
  ensureClient('mlflow', [
    'mlflow-skinny==3.17.2',
    'numpy==2.4.6',
    'pandas==3.1.1',
    // MLflow's client looks for it without importing it.
    'scipy==1.17.1',
  ]);
