/** Entry of the `onramp` command. */
import { runCommandLine } from './run.ts';
import { processTerminal } from './terminal.ts';

// A reader that has seen enough, such as `head`, closes the pipe: nothing is left to say.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const code = await runCommandLine(process.argv.slice(2), processTerminal());
// What was written is sent off first; then requests that nobody waits for any more are left behind.
process.stdout.write('', () => process.exit(code));
