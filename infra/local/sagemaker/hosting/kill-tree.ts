/** Ends a process that leads a group, and everything that was started from it. */
import { spawnSync } from 'node:child_process';

/** Ends the group at once; one that is gone already is no fault. */
export function killTree(leaderId: number): void {
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(leaderId), '/t', '/f'], { stdio: 'ignore' });
    return;
  }
  try {
    process.kill(-leaderId, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
