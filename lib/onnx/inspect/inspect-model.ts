/** Inspects a model file in a child process, which may hang, crash or fill its memory without harm to this one. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { invalidInput, type OnrampError } from '../../core/index.ts';
import type { ModelInspection } from './inspection.ts';
import type { InspectionReport } from './inspection-worker.ts';

/** What the child may use. */
export interface InspectionLimits {
  /** The child is killed after this long; 10 s by default. */
  readonly timeoutMs?: number;
  /** Memory of the child as a whole; it is killed above this. 2048 MB by default. */
  readonly memoryLimitMb?: number;
}

/** Nothing else of this process's environment reaches the child: it holds the keys to all data. */
const passedOn = ['PATH', 'LD_LIBRARY_PATH', 'TMPDIR', 'TMP', 'TEMP', 'SystemRoot'];

/** As the child writes it. */
const outOfMemoryMark = 'memory limit passed';

/**
 * Checks a model file, loads it into onnxruntime and tries it on made-up input.
 *
 * @param path the file
 * @throws OnrampError with a `RefusalCode` or `model_rejected` for a file that cannot be served; `probe_timeout`,
 *   `probe_crashed` or `probe_failed` for one that did not survive being tried
 */
export async function inspectModel(
  path: string,
  { timeoutMs = 10_000, memoryLimitMb = 2048 }: InspectionLimits = {},
): Promise<ModelInspection> {
  const child = startChild(path, memoryLimitMb);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  try {
    const { report, ending, lastWords } = await endOf(child);
    if (report?.kind === 'inspected') return report.inspection;
    if (report) throw invalidInput(report.message, { code: report.code });
    if (timedOut) throw timeoutError(timeoutMs);
    throw crashError(
      lastWords.includes(outOfMemoryMark) ? `it needed more than ${memoryLimitMb} MB` : ending,
    );
  } finally {
    clearTimeout(timer);
  }
}

function startChild(path: string, memoryLimitMb: number): ChildProcess {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const file = fileURLToPath(new URL(`./inspection-worker.${extension}`, import.meta.url));
  return fork(file, [path, String(memoryLimitMb), String(process.pid)], {
    env: Object.fromEntries(
      passedOn.flatMap((name) => {
        const value = process.env[name];
        return value === undefined ? [] : [[name, value]];
      }),
    ),
    execArgv: [`--max-old-space-size=${memoryLimitMb}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

interface Ending {
  readonly report: InspectionReport | null;
  /** How the process ended, in words. */
  readonly ending: string;
  /** The end of what it wrote to standard error. */
  readonly lastWords: string;
}

const keptWords = 1000;

function endOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    let report: InspectionReport | null = null;
    let lastWords = '';
    child.on('message', (message: InspectionReport) => {
      report = message;
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-keptWords);
    });
    child.once('error', (error) => resolve({ report, ending: error.message, lastWords }));
    // 'close' comes after 'exit', when the last words have arrived as well.
    child.once('close', (code, signal) =>
      resolve({
        report,
        ending: signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`,
        lastWords,
      }),
    );
  });
}

const timeoutError = (timeoutMs: number): OnrampError =>
  invalidInput(
    `The model did not load and answer a small made-up input within ${timeoutMs / 1000} s; does it have a loop without end?`,
    { code: 'probe_timeout' },
  );

const crashError = (reason: string): OnrampError =>
  invalidInput(`The model brought down the process in which it was tried: ${reason}.`, {
    code: 'probe_crashed',
  });
