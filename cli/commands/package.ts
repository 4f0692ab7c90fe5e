/** `onramp package`: a version as the archive that the container serves. */
import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import type { ApiClient } from '../../lib/client/index.ts';
import { publishedVersion, servingFiles } from '../../lib/contracts/index.ts';
import { sha256, upstream } from '../../lib/core/index.ts';
import { type Command, exitCodes, printJson, printLines, textOption } from '../command.ts';
import { tarOf } from '../tar.ts';

export const packageCommand: Command = {
  name: 'package',
  args: ['MODEL', '[VERSION]'],
  summary: 'write a version as the archive that a SageMaker endpoint serves',
  about: `Writes a model.tar.gz with the version's file and its manifest, for a SageMaker model with Onramp's image:
put it into S3 and name its address as the model data. Without a version the live one is taken.`,
  examples: ['onramp package heart', 'onramp package heart 3 --out heart-3.tar.gz'],
  options: { out: { value: 'FILE', about: 'where to write it (model.tar.gz)' } },
  run: async (context) => {
    const [model, asked] = context.args as [string, string | undefined];
    const version = asked ?? (await liveVersion(context.client, model));
    const answer = await context.client.call('get-version', { path: { model, version } });
    const manifest = publishedVersion.parse(answer);
    const bytes = await download(context.client, model, version);
    if (sha256(bytes) !== manifest.artifact.sha256) {
      throw upstream(`The file of version ${version} arrived damaged; try again.`);
    }
    const path = textOption(context.options, 'out') ?? 'model.tar.gz';
    const archive = gzipSync(tarOf(servingFiles(manifest, bytes), new Date(manifest.created)));
    await writeFile(path, archive);
    if (context.json) printJson(context, { model, version, path, size_bytes: archive.length });
    else printLines(context, [`Version ${version} of "${model}" is in ${path} (${archive.length} bytes).`]);
    return exitCodes.ok;
  },
};

async function liveVersion(client: ApiClient, model: string): Promise<string> {
  const { live } = await client.call('get-model', { path: { model } });
  if (live === null) throw upstream(`No version of "${model}" is live; name one: onramp package ${model} 1`);
  return live;
}

/** The file, from where the service sends us. The key is for the service alone. */
async function download({ url, apiKey }: ApiClient, model: string, version: string): Promise<Uint8Array> {
  const address = `${url}/v1/models/${model}/versions/${version}/artifact`;
  const answer = await fetch(address, { redirect: 'manual', headers: { 'x-api-key': apiKey } });
  const location = answer.headers.get('location');
  const file = location === null ? answer : await fetch(new URL(location, address));
  if (!file.ok) throw upstream(`The file of version ${version} cannot be had: status ${file.status}.`);
  return new Uint8Array(await file.arrayBuffer());
}
