import { expect, it } from 'vitest';
import { createLiveLines } from '../../lib/client/live-lines.ts';

/** What is written elsewhere than on a terminal, with a clock that is set by hand. */
function log() {
  let nowMs = 0;
  let text = '';
  const lines = createLiveLines({ write: (part) => (text += part) }, () => nowMs);
  return {
    written: () => text.trimEnd().split('\n'),
    show: (atMs: number, message: string, stage?: string) => {
      nowMs = atMs;
      lines.show([{ name: 'digits', message, ...(stage !== undefined && { stage }) }]);
    },
  };
}

it('elsewhere than on a terminal a stage is told of at once, and every ten seconds how far it is', () => {
  const { show, written } = log();

  show(0, 'Reading the data.');
  for (let second = 1; second <= 25; second += 1) {
    show(1000 * second, `convolution: fold 1 of 1, epoch ${second} of 50, loss 0.2`, 'Trying convolution.');
  }
  show(25_500, 'Scoring the model.');

  expect(written()).toEqual([
    'digits: Reading the data.',
    'digits: Trying convolution.',
    'digits: convolution: fold 1 of 1, epoch 11 of 50, loss 0.2',
    'digits: convolution: fold 1 of 1, epoch 21 of 50, loss 0.2',
    'digits: Scoring the model.',
  ]);
});

it('elsewhere than on a terminal nothing is told twice', () => {
  const { show, written } = log();

  for (const second of [0, 20, 40]) show(1000 * second, 'Waiting for its turn.');
  for (const second of [60, 80, 100]) show(1000 * second, 'linear: fold 1 of 5', 'Trying linear.');

  expect(written()).toEqual([
    'digits: Waiting for its turn.',
    'digits: Trying linear.',
    'digits: linear: fold 1 of 5',
  ]);
});
