/** `onramp promote`, `onramp rollback`. */
import type { Aliases } from '../../lib/contracts/index.ts';
import { type Command, type CommandContext, exitCodes, printJson, printLines } from '../command.ts';

export const promoteCommand: Command = {
  name: 'promote',
  args: ['MODEL', 'VERSION'],
  summary: 'make a version live',
  about: `Makes a published version live at once, whatever the gate thought of it. "onramp model MODEL" lists the
versions.`,
  examples: ['onramp promote heart 2'],
  options: {},
  run: async (context) => {
    const [model, version] = context.args as [string, string];
    const aliases = await context.client.call('promote', { path: { model }, body: { version } });
    return printLive(context, model, aliases);
  },
};

export const rollbackCommand: Command = {
  name: 'rollback',
  args: ['MODEL'],
  summary: 'make the version live that was live before',
  about: 'Takes the live version back: the one that was live before it answers from now on.',
  examples: ['onramp rollback heart'],
  options: {},
  run: async (context) => {
    const model = context.args[0]!;
    return printLive(context, model, await context.client.call('rollback', { path: { model } }));
  },
};

function printLive(context: CommandContext, model: string, aliases: Aliases): number {
  if (context.json) printJson(context, aliases);
  else printLines(context, [`Version ${aliases.live ?? '-'} of "${model}" is live.`]);
  return exitCodes.ok;
}
