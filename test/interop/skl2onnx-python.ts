/** The Python in which scikit-learn's models are exported as docs/import.md says. */
import { ensureClient } from './python-packages.ts';

/**
 * The Python to use.
 *
 * @throws Error that says what is missing
 */
export const ensureSkl2onnx = (): string =>
  ensureClient('skl2onnx', [
    'scikit-learn==1.9.1',
    'skl2onnx==1.20.0',
    'numpy==2.4.6',
    'pandas==3.1.1',
    'onnx==1.23.2',
  ]);
