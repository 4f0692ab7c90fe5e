/** What names and numbers look like; apart from the schemas, as what answers predictions needs these alone. */

/** Model and data set names: lower case, digits, `-`, `_`, `.`; they are parts of S3 keys and of addresses. */
export const resourceNamePattern = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** Names of SageMaker: of endpoints, their variants and inference components (API model 2017-05-13). */
export const sageMakerNamePattern = /^(?=.{1,63}$)[a-zA-Z0-9](-*[a-zA-Z0-9])*$/;

/** A version number as it appears in keys and answers: `"1"`, `"2"`, ... */
export const versionNumberPattern = /^[1-9][0-9]{0,8}$/;

/** True for what `resourceName` accepts. */
export const isResourceName = (name: unknown): name is string =>
  typeof name === 'string' && resourceNamePattern.test(name);

/** True for what `versionNumber` accepts. */
export const isVersionNumber = (version: unknown): version is string =>
  typeof version === 'string' && versionNumberPattern.test(version);
