import { expect, it } from 'vitest';
import { runLine } from '../../lib/client/follow.ts';

const run = { model: 'heart', state: 'running', progress: 0.2 } as Parameters<typeof runLine>[0];

it.each([
  ['linear: fold 1 of 5', 'Trying linear.'],
  ['naive_bayes: fold 5 of 5', 'Trying naive_bayes.'],
  ['network: fold 2 of 5, epoch 3 of 50, loss 0.2312, 12,300 rows/s, 2 min left', 'Trying network.'],
  ['Scoring the model.', undefined],
])('shows "%s" on a terminal, and elsewhere its stage first', (message, stage) => {
  const line = runLine({ ...run, message });

  expect(line).toMatchObject({ name: 'heart', progress: 0.2, message });
  expect(line.stage).toBe(stage);
});
