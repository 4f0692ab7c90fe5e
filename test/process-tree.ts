/** The processes of a tree, by Linux's own accounts. */
import { readdirSync, readFileSync } from 'node:fs';

/** What is read of one process. */
export interface ProcessStatus {
  readonly parent: number;
  /** CPU time as user and as system so far. */
  readonly cpuMs: number;
  /** Memory of its own and shared. */
  readonly residentBytes: number;
}

/** Accounts are kept in hundredths of a second on every Linux. */
const tickMs = 10;

/** A process and each of its living descendants, by id. */
export function processTree(root: number): Map<number, ProcessStatus> {
  const all = new Map<number, ProcessStatus>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      all.set(Number(name), statusOf(name));
    } catch {
      // The process ended meanwhile.
    }
  }
  const belongs = (pid: number): boolean => {
    for (let at = pid; at > 0; at = all.get(at)?.parent ?? 0) if (at === root) return true;
    return false;
  };
  return new Map([...all].filter(([pid]) => belongs(pid)));
}

function statusOf(pid: string): ProcessStatus {
  // The name in brackets may hold anything; the fields are counted after it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const [parent, user, system] = [1, 11, 12].map((place) => Number(fields[place])) as [
    number,
    number,
    number,
  ];
  const resident = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0;
  return { parent, cpuMs: (user + system) * tickMs, residentBytes: Number(resident) * 1024 };
}

/** Resident bytes of a process and all that it started. */
export function residentBytes(root: number): number {
  let total = 0;
  for (const { residentBytes: own } of processTree(root).values()) total += own;
  return total;
}
