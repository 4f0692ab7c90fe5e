/** What a tree of processes holds in memory, by Linux's own accounts. */
import { readdirSync, readFileSync } from 'node:fs';

/** Resident bytes of a process and all that it started. */
export function residentBytes(root: number): number {
  const parents = new Map<number, number>();
  const sizes = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      const field = (title: string): number =>
        Number(new RegExp(`^${title}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
      parents.set(Number(name), field('PPid'));
      sizes.set(Number(name), field('VmRSS') * 1024 || 0);
    } catch {
      // The process ended meanwhile.
    }
  }
  const belongs = (pid: number): boolean => {
    for (let at = pid; at > 0; at = parents.get(at) ?? 0) if (at === root) return true;
    return false;
  };
  let total = 0;
  for (const [pid, bytes] of sizes) if (belongs(pid)) total += bytes;
  return total;
}
