/** What `cdk` and `npm run synth` run: writes the template of the environment that is asked for, or of all. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { App } from 'aws-cdk-lib';
import { type StageConfig, stageConfig } from './config.ts';
import { defaultEnvironment, environments } from './environments.ts';
import { createOnrampApp } from './onramp-app.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * `--built` writes the templates of all environments with the functions as they are built, without the native packages
 * that are put beside them before they are deployed: those may have to be fetched. The templates differ in nothing but
 * the digests of the code. They lie where `cdk` does not look, since they must not be deployed.
 */
const { built } = parseArgs({ options: { built: { type: 'boolean', default: false } } }).values;

/** The settings of an environment; what is wrong with them is told without a trace of this program. */
function configOf(stage: string): StageConfig {
  try {
    return stageConfig(environments, stage);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
}

if (built) {
  for (const stage of Object.keys(environments)) {
    const config = configOf(stage);
    const app = { outdir: join(root, 'cdk.out', 'built', stage) };
    const { stacks } = createOnrampApp({ config, codeFolder: join(root, 'dist'), app }).app.synth();
    for (const { templateFullPath } of stacks) process.stdout.write(`${templateFullPath}\n`);
  }
} else {
  // `-c env=prod`, or the variable.
  const { node } = new App({ autoSynth: false });
  const stage = node.tryGetContext('env') ?? process.env.ONRAMP_STAGE ?? defaultEnvironment;
  const config = configOf(stage);
  const { architecture } = config;
  // What it tells goes to standard error: the output of `cdk ls` and `cdk synth` is read by programs.
  const command = [join(root, 'scripts', 'package.ts'), '--quiet', '--architecture', architecture];
  execFileSync(process.execPath, command, { stdio: ['ignore', 2, 2] });
  createOnrampApp({ config, codeFolder: join(root, 'dist', 'deploy', architecture) }).app.synth();
}
