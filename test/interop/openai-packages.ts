/** The clients that speak OpenAI's dialect, as their makers publish them. */
import { ensurePackages } from './npm-packages.ts';
import { ensureClient } from './python-packages.ts';

/** The folder with those for JavaScript. @throws Error that says what is missing */
export const ensureJavaScriptClients = (): string =>
  ensurePackages('openai-npm', [
    'openai@7.57.0',
    'ai@7.0.173',
    '@ai-sdk/openai-compatible@3.0.92',
    '@langchain/openai@1.6.0',
    '@langchain/core@1.4.0',
    'zod@4.6.7',
  ]);

/** The Python with those for Python. @throws Error that says what is missing */
export const ensurePythonClients = (): string =>
  ensureClient('openai', ['openai==3.54.0', 'langchain-openai==1.7.3', 'langchain-core==1.7.2']);
