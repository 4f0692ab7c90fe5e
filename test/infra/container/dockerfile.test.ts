import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const text = readFileSync(new URL('../../../infra/container/Dockerfile', import.meta.url), 'utf8');
const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  readonly optionalDependencies: Readonly<Record<string, string>>;
};

/** The instructions, each on one line, without comments. */
const instructions = text
  .split('\n')
  .filter((line) => !/^\s*#/.test(line))
  .join('\n')
  .replace(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '');

const of = (name: string): string[] => instructions.filter((line) => line.startsWith(`${name} `));
/** What the image itself is made of; the stages before it are thrown away. */
const last = instructions.slice(instructions.lastIndexOf(of('FROM').at(-1)!));

test('the base is one version of Node, the one that is tested with', () => {
  const [tag] = /node:(\d+\.\d+\.\d+)-[a-z]+-slim$/m.exec(text)!.slice(1);

  expect(Object.values(manifest.optionalDependencies)).toContain(tag);
  expect(of('FROM').filter((line) => !/^FROM --platform=\$\{PLATFORM\} \$\{NODE\}/.test(line))).toEqual([]);
});

test('the image runs as a user without rights, and what it runs belongs to another', () => {
  expect(last.findIndex((line) => line.startsWith('USER '))).toBeGreaterThan(
    last.findIndex((line) => line.startsWith('COPY .')),
  );
  expect(of('ARG')).toContain('ARG RUN_AS=node');
  expect(of('COPY').filter((line) => line.includes('--chown'))).toEqual([]);
});

test('the entry takes the word that the host says, and gets its signals', () => {
  expect(of('ENTRYPOINT')).toEqual(['ENTRYPOINT ["node", "/opt/onramp/main.js"]']);
  expect(of('CMD')).toEqual(['CMD ["serve"]']);
  expect(of('EXPOSE')).toEqual(['EXPOSE 8080']);
});

test('no compiler, no package manager’s work and no telemetry are left in it', () => {
  expect(last.filter((line) => /apt-get|npm |curl|ADD /.test(line))).toEqual([]);
  expect(last.join(' ')).toContain('ORT_DISABLE_TELEMETRY=1');
});
