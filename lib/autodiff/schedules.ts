/** Learning rates over time. */

/** How the learning rate changes; `warmUp` steps first let it rise in a straight line. */
export type ScheduleSpec = { readonly warmUp?: number } & (
  | { readonly kind: 'constant' }
  /** Times `factor` (0.1) after every so many epochs. */
  | { readonly kind: 'step'; readonly epochs: number; readonly factor?: number }
  /** Half a cosine from the whole rate down to the share `floor` (0) of it (Loshchilov and Hutter 2017). */
  | { readonly kind: 'cosine'; readonly floor?: number }
  /** Times `factor` (0.1) when the watched loss has not fallen for more than `patience` (10) epochs. */
  | { readonly kind: 'plateau'; readonly factor?: number; readonly patience?: number }
);

/** When a step happens; counts from 0. */
export interface Moment {
  readonly step: number;
  readonly epoch: number;
  /** Steps of the whole training. */
  readonly steps: number;
}

/** The share of the learning rate that holds at a moment, but for what a plateau takes away. */
export function rateShare(schedule: ScheduleSpec, { step, epoch, steps }: Moment): number {
  const warmUp = Math.min(schedule.warmUp ?? 0, steps);
  if (step < warmUp) return (step + 1) / warmUp;
  if (schedule.kind === 'step') return (schedule.factor ?? 0.1) ** Math.floor(epoch / schedule.epochs);
  if (schedule.kind !== 'cosine') return 1;
  const { floor = 0 } = schedule;
  return floor + ((1 - floor) * (1 + Math.cos((Math.PI * (step - warmUp)) / (steps - warmUp)))) / 2;
}

/** What a plateau schedule remembers. */
export interface Plateau {
  readonly best: number;
  /** Epochs since the best one or the last cut. */
  readonly waited: number;
  readonly share: number;
}

export const noPlateau: Plateau = { best: Number.POSITIVE_INFINITY, waited: 0, share: 1 };

/** A loss counts as lower if it is so by this part of itself; PyTorch's number. */
const threshold = 1e-4;

/** After an epoch: PyTorch's ReduceLROnPlateau. */
export function watchPlateau(schedule: ScheduleSpec, plateau: Plateau, loss: number): Plateau {
  if (schedule.kind !== 'plateau') return plateau;
  const { factor = 0.1, patience = 10 } = schedule;
  if (loss < plateau.best * (1 - threshold)) return { ...plateau, best: loss, waited: 0 };
  const waited = plateau.waited + 1;
  return waited > patience
    ? { ...plateau, waited: 0, share: plateau.share * factor }
    : { ...plateau, waited };
}
