/** What makes the inputs of containers, for whoever has rows or texts of another kind than a request's. */
export { requireEmbeddings } from '../openai/embed.ts';
export { matrixForms, rowEncoder } from './row-matrix.ts';
export { longestOf, textInstances, tokenLists, writeTokens } from './text-tensors.ts';
