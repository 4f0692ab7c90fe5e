/** What SageMaker takes in the attributes of a call, checked before it is sent (patterns of its API, model 2017-05-13). */
import { sageMakerNamePattern } from '../contracts/name-patterns.ts';
import { invalidInput } from '../core/index.ts';
import { tooLarge } from './failures.ts';
import type { EndpointAsyncCall, EndpointBodyCall, EndpointCall } from './types.ts';

/** The longest body of a call that is answered at once. */
export const invokeBodyBytes = 6_291_456;

interface Rule {
  readonly form: RegExp;
  readonly says: string;
}

const name: Rule = {
  form: sageMakerNamePattern,
  says: '1 to 63 letters, digits and "-", not at its ends',
};
const header: Rule = { form: /^[\x20-\x7e]{1,1024}$/, says: '1 to 1024 visible ASCII characters' };

const rules: Readonly<Partial<Record<keyof (EndpointCall & EndpointAsyncCall), Rule>>> = {
  endpoint: name,
  contentType: header,
  accept: header,
  customAttributes: header,
  targetVariant: name,
  targetModel: { form: /^[\x21-\x7e][\x20-\x7e]{0,1023}$/, says: '1 to 1024 visible ASCII characters' },
  inferenceComponent: name,
  sessionId: {
    form: /^NEW_SESSION$|^(?=.{1,256}$)[a-zA-Z0-9](-*[a-zA-Z0-9])*$/,
    says: '"NEW_SESSION" or an id of 1 to 256 letters, digits and "-"',
  },
  inferenceId: { form: /^[\x21-\x7e][\x20-\x7e]{0,63}$/, says: '1 to 64 visible ASCII characters' },
  inputUri: { form: /^s3:\/\/[^/]+\/.{1,1000}$/, says: 's3://bucket/key' },
};

/** Least and most of what is counted. */
const ranges = { queueSeconds: [60, 21_600], invocationSeconds: [1, 3_600] } as const;

/** @throws invalid_request `endpoint_call_invalid` naming the attribute */
export function checkCall(call: EndpointCall | EndpointAsyncCall): void {
  const given = call as unknown as Readonly<Record<string, unknown>>;
  for (const [attribute, { form, says }] of Object.entries(rules)) {
    const value = given[attribute];
    if (value !== undefined && !(typeof value === 'string' && form.test(value))) refuse(attribute, says);
  }
  for (const [attribute, [least, most]] of Object.entries(ranges)) {
    const value = given[attribute];
    const fits = Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
    if (value !== undefined && !fits) refuse(attribute, `a whole number from ${least} to ${most}`);
  }
}

function refuse(attribute: string, says: string): never {
  throw invalidInput(`${attribute} must be ${says}.`, { code: 'endpoint_call_invalid', param: attribute });
}

/** What is checked of a call that is answered at once, for those who send it later. Throws as the two do. */
export function checkBodyCall(call: EndpointBodyCall): void {
  checkCall(call);
  checkedBody(call);
}

/**
 * The body of a call as bytes.
 *
 * @throws too_large `endpoint_body_too_large`
 */
export function checkedBody({ body }: EndpointBodyCall): Uint8Array {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  if (bytes.byteLength > invokeBodyBytes) {
    throw tooLarge(`The body has ${bytes.byteLength} bytes, SageMaker takes ${invokeBodyBytes} at a time.`);
  }
  return bytes;
}
