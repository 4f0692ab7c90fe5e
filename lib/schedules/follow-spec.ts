/** Brings a model's schedule into line with its spec, which is the truth. */
import { conflict, nextAfter } from '../core/index.ts';
import { findSpec, type RegistryContext } from '../registry/index.ts';
import type { ModelSchedules } from './model-schedules.ts';

/** The registry, and where the schedules are. */
export interface FollowContext extends RegistryContext {
  readonly schedules: ModelSchedules;
}

/** Writers of one spec are few; so many changes during one call do not happen by chance. */
const maxRounds = 5;

/**
 * Makes the schedule what the spec says: set, changed, or removed if it has none, its years are over or the model is
 * gone. To be called after every change of a spec, also one that found it so already: a repetition mends what an
 * earlier call could not do. Writers that cross end with the schedule of the spec that lasts, because each looks again
 * after it has acted.
 *
 * @throws what `ModelSchedules` throws; conflict `too_much_contention`
 */
export async function followSpec(context: FollowContext, model: string): Promise<void> {
  const { schedules } = context;
  let wanted = await scheduleOf(context, model);
  for (let round = 0; round < maxRounds; round += 1) {
    await (wanted === null ? schedules.remove(model) : schedules.put(model, wanted));
    const now = await scheduleOf(context, model);
    if (now === wanted) return;
    wanted = now;
  }
  throw conflict(`Model "${model}" is being changed by others all the time; try again.`, {
    code: 'too_much_contention',
  });
}

async function scheduleOf(context: FollowContext, model: string): Promise<string | null> {
  const { schedule } = (await findSpec(context, model))?.spec ?? {};
  return schedule === undefined || nextAfter(schedule, context.clock.now()) === Number.POSITIVE_INFINITY
    ? null
    : schedule;
}
