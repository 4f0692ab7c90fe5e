/** The functions that other functions ask, on one machine. */
export { startInvokedFunctions } from './start.ts';
