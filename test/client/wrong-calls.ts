/** Calls that must not compile, and types that must be equal; `tsc` checks this file, nothing runs it. */
import type * as z from 'zod';
import type { ApiClient, Operations, Prediction } from '../../lib/client/index.ts';
import type { jobView, modelCard, runView, uploadTicket } from '../../lib/contracts/index.ts';

/** Each line with a directive is wrong; a directive over a right line is an error too. */
export async function wrongCalls(client: ApiClient): Promise<void> {
  // @ts-expect-error there is no such route
  await client.call('get-modle', { path: { model: 'heart' } });
  // @ts-expect-error the path needs a model
  await client.call('get-model');
  // @ts-expect-error the path needs a version too
  await client.call('get-version', { path: { model: 'heart' } });
  // @ts-expect-error the body is missing
  await client.call('promote', { path: { model: 'heart' } });
  // @ts-expect-error a version is a text
  await client.call('promote', { path: { model: 'heart' }, body: { version: 2 } });
  // @ts-expect-error a spec needs a data set
  await client.call('put-model', { path: { model: 'heart' }, body: { target: 'disease' } });
  const body = { dataset: 'd', target: 't', learner: 'magic' } as const;
  // @ts-expect-error there is no such learner
  await client.call('put-model', { path: { model: 'm' }, body });
  // @ts-expect-error this list has no such query
  await client.call('list-models', { query: { order: 'desc' } });
  // @ts-expect-error rows are not rows of this form
  await client.predict('heart', { rows: [] });
  // @ts-expect-error a card has no such field
  (await client.call('get-model', { path: { model: 'heart' } })).accuracy;
}

/** True if each of the two can stand for the other. */
type Same<Left, Right> = [Left, Right] extends [Right, Left] ? true : false;

/** Types that were written down are those of the schemas they come from. */
export const same: readonly [
  Same<Operations['get-model']['answer'], z.output<typeof modelCard>>,
  Same<Operations['get-run']['answer'], z.output<typeof runView>>,
  Same<Operations['create-upload']['answer'], z.output<typeof uploadTicket>>,
  Same<Operations['predict']['accepted'], z.output<typeof jobView>>,
  Same<Prediction['id'], string>,
] = [true, true, true, true, true];
