import { expect, it } from 'vitest';
import { acceptBody, getJob, type JobContext } from '../../lib/jobs/index.ts';
import { createJobModels, runJob } from '../../lib/pipeline/index.ts';
import { deleteModel } from '../../lib/registry/index.ts';
import { createWorld, heartCsv, register, upload } from './support.ts';

it('a job is answered by a model that was deleted and made anew a moment after another job', async () => {
  const world = createWorld();
  await register(world);
  await upload(world, heartCsv(300));
  const cache = createJobModels(world);
  const run = (id: string) =>
    cache.hold((models) => runJob({ ...world, models }, id, { messageId: id, receiveCount: 1 }));
  const stillWorld = { ...world, advance: () => {} };
  let ids = 0;
  const asking: JobContext = { ...world, newId: () => `id-${++ids}` };
  const ask = () =>
    acceptBody(asking, {
      model: 'heart',
      body: '{"instances":[{"age":61,"sex":"F","weight":70.5}]}',
      options: { strict: false, non_finite: 'error' },
      caller: 'shop',
    });
  const first = await ask();
  await run(first.id);
  await deleteModel(world, 'heart');
  await register(world);
  await upload(stillWorld, heartCsv(301, 2));
  const second = await ask();

  await run(second.id);

  const job = await getJob(world, second.id);
  expect(job).not.toMatchObject({ artifact: first.artifact });
  expect(job).toMatchObject({ state: 'succeeded', version: '1', rows_done: 1 });
});
