/** Ids of constructs, made of names; settings are checked by them without the CDK. */

/** `UploadedData` for `uploaded-data`: an id of a construct. */
export const idOf = (name: string): string =>
  name
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
