/** Functions that ask functions: the one place that knows Lambda's API. */
export { createInvoke, type Invoke, type InvokeOptions } from './invoke-function.ts';
