/** The headers of a request to SageMaker's runtime: checked as its model has them, and those that a container gets. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { refused } from './faults.ts';

const prefix = 'x-amzn-sagemaker-';
const word = /^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/;
const printable = /^[\x21-\x7e][\x20-\x7e]*$/;
const ascii = /^[\t\x20-\x7e]*$/;

interface Rule {
  readonly member: string;
  readonly pattern: RegExp;
  readonly maxLength: number;
}

/** By the name after the prefix; what is not here, a container does not see. */
const passedOn: Readonly<Record<string, Rule>> = {
  'custom-attributes': { member: 'customAttributes', pattern: ascii, maxLength: 1024 },
  'target-model': { member: 'targetModel', pattern: printable, maxLength: 1024 },
  'target-variant': { member: 'targetVariant', pattern: word, maxLength: 63 },
  'target-container-hostname': { member: 'targetContainerHostname', pattern: word, maxLength: 63 },
  'inference-id': { member: 'inferenceId', pattern: printable, maxLength: 64 },
  'inference-component': { member: 'inferenceComponentName', pattern: word, maxLength: 63 },
  'session-id': {
    member: 'sessionId',
    pattern: /^(?:NEW_SESSION|[a-zA-Z0-9](-*[a-zA-Z0-9])*)$/,
    maxLength: 256,
  },
  'enable-explanations': { member: 'enableExplanations', pattern: ascii, maxLength: 64 },
  'prefix-aware-id': { member: 'prefixAwareId', pattern: ascii, maxLength: 1024 },
};

/** For the operations that answer asynchronously only. */
const asyncRules: Readonly<Record<string, Rule>> = {
  inputlocation: { member: 'inputLocation', pattern: /^(?:https|s3):\/\/[^/]+\/?.*$/, maxLength: 1024 },
  s3outputpathextension: {
    member: 's3OutputPathExtension',
    pattern: /^(?!s3:|https:)[a-zA-Z0-9!_.*'()/-]+$/,
    maxLength: 512,
  },
  filename: { member: 'filename', pattern: /^(?!.*\..*\.)[a-zA-Z0-9][a-zA-Z0-9-_.]*$/, maxLength: 32 },
};

/**
 * One of SageMaker's own headers, by its name after `X-Amzn-SageMaker-`.
 *
 * @throws AwsRefusal `ValidationError` in Amazon's words if it is not as its model says
 */
export function sageMakerHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[`${prefix}${name}`];
  const rule = passedOn[name] ?? asyncRules[name];
  if (typeof value !== 'string' || rule === undefined) return typeof value === 'string' ? value : undefined;
  if (value.length > rule.maxLength) {
    throw invalid(rule.member, `Member must have length less than or equal to ${rule.maxLength}`);
  }
  if (!rule.pattern.test(value)) {
    throw invalid(rule.member, `Member must satisfy regular expression pattern: ${rule.pattern.source}`);
  }
  return value;
}

/**
 * A number among SageMaker's own headers.
 *
 * @throws AwsRefusal `ValidationError` outside of its range
 */
export function secondsHeader(
  headers: IncomingHttpHeaders,
  name: string,
  { least, most, preset }: { readonly least: number; readonly most: number; readonly preset: number },
): number {
  const text = headers[`${prefix}${name.toLowerCase()}`];
  if (text === undefined) return preset;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalid(name, `Member must have value from ${least} to ${most}`);
}

/**
 * What a container is sent beside the body: every header that the API knows, and no other.
 *
 * @throws AwsRefusal `ValidationError`
 */
export function containerHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const sent: OutgoingHttpHeaders = {};
  for (const name of Object.keys(passedOn)) {
    const value = sageMakerHeader(headers, name);
    if (value !== undefined) sent[`X-Amzn-SageMaker-${titled(name)}`] = value;
  }
  const accept = headers[`${prefix}accept`] ?? headers.accept;
  const contentType = headers[`${prefix}content-type`] ?? headers['content-type'];
  return {
    ...sent,
    ...(contentType !== undefined && { 'Content-Type': contentType }),
    ...(accept !== undefined && { Accept: accept }),
  };
}

const titled = (name: string): string => name.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());

const invalid = (member: string, constraint: string) =>
  refused(`1 validation error detected: Value at '${member}' failed to satisfy constraint: ${constraint}`);
