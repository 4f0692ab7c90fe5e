/** Explanations and encoded rows over HTTPS. */
export { explainOperations } from './operations.ts';
