/** Progress in words. */
import type { TrainingProgress } from './plan.ts';

/** For example `epoch 3 of 50, loss 0.2312, accuracy 0.913, 12,300 rows/s, 2 min left`; losses of validation rows if there are. */
export function describeProgress({
  epoch,
  epochs,
  loss,
  last,
  metric,
  rowsPerSecond,
  secondsLeft,
}: TrainingProgress): string {
  const scores = last?.validation;
  const parts = [
    `epoch ${epoch} of ${epochs}`,
    `loss ${shown(scores?.loss ?? loss)}`,
    ...(scores && metric ? [`${metric} ${shown(scores.metric)}`] : []),
    `${Number(rowsPerSecond.toPrecision(3)).toLocaleString('en')} rows/s`,
    `${duration(secondsLeft)} left`,
  ];
  return parts.join(', ');
}

const shown = (value: number): string => String(Number(value.toPrecision(4)));

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
