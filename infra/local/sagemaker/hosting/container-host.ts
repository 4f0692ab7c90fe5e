/** Entry of the process around a container's command: passes its end on, and ends it when the platform is gone. */
import { spawn } from 'node:child_process';
import { killTree } from './kill-tree.ts';

/** What it tells the platform: the command's end, in words. */
export interface ContainerEnd {
  readonly reason: string;
}

const [program, ...args] = process.argv.slice(2);
if (program === undefined || !process.send) throw new Error('container-host is started by the platform');

// It leads a group of processes of its own, in which the command and all that it starts stay.
const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], windowsHide: true });

/** A container ends with its first process, whatever that left running. */
function finish(reason: string): void {
  process.send?.({ reason } satisfies ContainerEnd, () => killTree(process.pid));
}

child.once('error', (error) => finish(`could not be started: ${error.message}`));
child.once('exit', (code, signal) => finish(signal ? `was ended by ${signal}` : `exited with code ${code}`));
// Signals are for the command alone, and come over this channel; the channel goes with the platform, however that ends.
process.on('message', () => child.kill('SIGTERM'));
process.on('disconnect', () => killTree(process.pid));
