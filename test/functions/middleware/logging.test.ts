import { afterEach, describe, expect, it, vi } from 'vitest';
import { createAccessLogger, createLogger } from '../../../functions/middleware/index.ts';

/** The lines that something writes to standard output. */
function linesOf(action: () => void): readonly Record<string, unknown>[] {
  const lines: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  try {
    action();
  } finally {
    spy.mockRestore();
  }
  return lines.map((line) => JSON.parse(line));
}

const data = { request_id: 'r-1', status: 200, ms: 0.41, path: { model: '"köln"\n' } };

describe('createAccessLogger', () => {
  afterEach(() => vi.unstubAllEnvs());

  // Powertools also says by which share it samples debug lines; nothing here does.
  it.each([
    ['without a trace', ''],
    ['with a trace', 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1'],
  ])('writes the line that powertools would write, %s', (_title, trace) => {
    vi.stubEnv('AWS_XRAY_DAEMON_ADDRESS', '169.254.79.129:2000');
    vi.stubEnv('_X_AMZN_TRACE_ID', trace === '' ? undefined : trace);
    const [ours] = linesOf(() => createAccessLogger('predict').info('answered "so"', data));
    const [theirs] = linesOf(() => createLogger('predict').info('answered "so"', data));

    expect({ ...ours, sampling_rate: 0 }).toEqual({
      ...theirs,
      timestamp: expect.stringMatching(/^\d{4}-.*T.*\.\d{3}Z$/),
    });
    expect(linesOf(() => createAccessLogger('predict').info('ready'))).toMatchObject([{ message: 'ready' }]);
  });

  it.each(['WARN', 'SILENT'])('is silent about requests at level %s', (level) => {
    vi.stubEnv('POWERTOOLS_LOG_LEVEL', level);
    const logger = createAccessLogger('predict');

    expect(linesOf(() => logger.info('answered', data))).toEqual([]);
  });

  it('leaves errors to powertools, which write out what they are', () => {
    const lines: string[] = [];
    const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      lines.push(String(text));
      return true;
    });
    createAccessLogger('predict').error('refused', { error: new TypeError('no') });
    spy.mockRestore();

    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'ERROR',
      error: { name: 'TypeError', message: 'no' },
    });
  });
});
