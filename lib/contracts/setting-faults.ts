/** What is wrong with the settings of a learner, each fault at the name of its setting. */
import type * as z from 'zod';

/** A fault and where it is, as an issue of zod has it. */
export interface SettingFault {
  readonly path: PropertyKey[];
  readonly message: string;
}

/** The faults of settings; names that the learner does not know come with those that it knows. */
export function settingFaults(
  learner: string,
  schema: z.ZodObject,
  settings: object,
): readonly SettingFault[] {
  const { issues = [] } = schema.safeParse(settings).error ?? {};
  return issues.flatMap((issue): SettingFault[] => {
    const { path, message } = issue;
    if (issue.code !== 'unrecognized_keys') return [{ path, message }];
    const names = Object.keys(schema.shape);
    const known = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`;
    const unknown =
      path.length === 0
        ? `"${learner}" has no setting of that name; ${known}`
        : 'there is no such field here; remove it or check its spelling';
    return issue.keys.map((key) => ({ path: [...path, key], message: unknown }));
  });
}
