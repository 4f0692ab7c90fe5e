/** What this service calls itself. */

/** Name and version, as in `package.json`. */
export const product = { name: 'onramp', version: '0.1.0' } as const;
