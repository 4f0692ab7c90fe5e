/** Hands on a body as it is: JSON, CSV, pictures, sound, or tensors in Triton's form. */
import { jsonLengthHeader, tritonType } from '../../contracts/endpoint-call.ts';
import type { ServeAnswer } from '../service.ts';
import { answerHeaders, call, type HandOff, type Said, usageFields } from './hand-off.ts';

const tritonLength = /^application\/vnd\.sagemaker-triton\.binary\+json\s*;\s*json-header-size=(\d+)/i;

/** The container's answer as it gave it, with its content type. */
export async function askRaw(work: HandOff): Promise<ServeAnswer> {
  const answer = await call(work, tensorForm(work));
  const [, jsonLength] = tritonLength.exec(answer.contentType) ?? [];
  return {
    status: 200,
    bytes: answer.body,
    headers: {
      ...answerHeaders(answer),
      'content-type': jsonLength === undefined ? answer.contentType : 'application/octet-stream',
      ...(jsonLength !== undefined && { [jsonLengthHeader]: jsonLength }),
    },
    fields: usageFields(work, answer),
  };
}

function tensorForm({ request }: HandOff): Said {
  const jsonLength = request.header(jsonLengthHeader);
  if (jsonLength === undefined || !request.route.startsWith('/v2/')) return {};
  return { contentType: tritonType(jsonLength) };
}
