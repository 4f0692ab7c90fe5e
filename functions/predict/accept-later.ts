/** Predictions that are not waited for: the request is stored and becomes a job. */
import { requireName } from '../../lib/access/index.ts';
import { requireJsonType } from '../../lib/contracts/content-type.ts';
import { modelAsked, serveOptions } from '../../lib/serve/index.ts';
import type { HttpRequest, RawBody } from '../middleware/http-request.ts';
import type { HttpAnswer } from '../middleware/http-stack.ts';
import { jobAnswer } from '../middleware/job-answer.ts';
import type { Platform } from '../middleware/platform.ts';

/** Answers a native prediction request by a job; whatever is wrong with its rows, the job tells. */
export async function acceptLater(platform: Platform, request: HttpRequest<RawBody>): Promise<HttpAnswer> {
  const { path, query, access, header, body } = request;
  requireJsonType(header('content-type'));
  const { strict, nonFinite } = serveOptions(query);
  const asked = modelAsked(path.model, query.version);
  requireName(access, 'model', asked.model);
  // Loaded by the first such request: most functions never see one.
  const { acceptBody, jobViewOf } = await import('../../lib/jobs/index.ts');
  const record = await acceptBody(platform, {
    ...asked,
    body: body.text(),
    options: { strict, non_finite: nonFinite },
    caller: access.caller,
    idempotencyKey: header('idempotency-key'),
  });
  request.annotate({ job: record.id });
  return jobAnswer(await jobViewOf(platform, record), true);
}
