/** `onramp import`: a model that was trained elsewhere becomes a version that answers. */
import { createLiveLines, embedLine, importFile, inferLine } from '../../lib/client/index.ts';
import type { ImportedManifest } from '../../lib/contracts/index.ts';
import {
  type Command,
  type CommandContext,
  exitCodes,
  printJson,
  printLines,
  textOption,
  usageError,
} from '../command.ts';
import { untilInterrupted } from '../interrupt.ts';
import { withModelFile } from '../model-folder.ts';
import { signatureLines } from '../signature.ts';
import { warningLines } from '../watch-run.ts';

export const importCommand: Command = {
  name: 'import',
  args: ['FILE'],
  summary: 'bring an ONNX model that was trained elsewhere',
  about: `Uploads an .onnx file, has it checked and tried, and prints what it takes and gives and how to ask it. It
answers in every dialect like a model that was trained here. Import another file to the same model and it is the next
version; the same file again is the version it was before.

A folder is that of an embedding model, as sentence-transformers writes it, with the model as ONNX: its tokenizer and
its pooling become part of the one file, and texts are asked about at /v1/embeddings.`,
  examples: [
    'onramp import silero_vad.onnx --model silero',
    'onramp import detector.onnx --model detector --no-promote',
    'onramp import ./all-MiniLM-L6-v2 --model minilm',
  ],
  options: {
    model: { value: 'NAME', about: 'name of the model: small letters, digits, "-", "_", "."' },
    'no-promote': { about: 'do not make the version live; it answers under its number' },
  },
  run: importModel,
};

async function importModel(context: CommandContext): Promise<number> {
  const { client, terminal, options, args } = context;
  const model = textOption(options, 'model');
  if (model === undefined) throw usageError('--model is missing: name the model, as in --model detector');
  const lines = createLiveLines(terminal.stderr);
  let farewell = 'The upload is broken off; nothing is imported.';
  const importing = withModelFile(args[0]!, (file) =>
    importFile(client, {
      model,
      file,
      promote: options['no-promote'] !== true,
      onUpload: (sent, total) => lines.show([{ name: model, progress: sent / total, message: 'Uploading.' }]),
      onUploaded: () => {
        farewell = `The import goes on without this command; "onramp model ${model}" shows what came of it.`;
        lines.show([{ name: model, message: 'Checking the model and trying it.' }]);
      },
    }),
  );
  const manifest = await untilInterrupted(terminal, () => farewell, importing).finally(() => lines.end());
  const { live } = await client.call('get-model', { path: { model } });
  const curl = curlFor(context, manifest, live);
  if (context.json) printJson(context, { version: manifest, live, curl });
  else printLines(context, resultLines(context, manifest, { live, curl }));
  return exitCodes.ok;
}

function curlFor(
  { client, terminal }: CommandContext,
  manifest: ImportedManifest,
  live: string | null,
): string | null {
  // A key from the environment is named, not shown: the line may be copied into a document.
  const isNamed = client.apiKey === terminal.env.ONRAMP_API_KEY;
  const apiKey = isNamed ? { variable: 'ONRAMP_API_KEY' } : client.apiKey;
  const isLive = manifest.version === live;
  // OpenAI's dialect names no versions.
  if (manifest.embedding && isLive) return embedLine(client.url, { model: manifest.model, apiKey });
  return inferLine(client.url, { manifest, apiKey, isLive });
}

function resultLines(
  { style }: CommandContext,
  { model, version, producer, signature, embedding, warnings }: ImportedManifest,
  { live, curl }: { readonly live: string | null; readonly curl: string | null },
): string[] {
  const isLive = version === live;
  const verdict = isLive
    ? style.good(`Version ${version} of "${model}" is live.`)
    : style.warn(
        `Version ${version} of "${model}" is there; live is ${live === null ? 'none' : `version ${live}`}.`,
      );
  return [
    style.bold(verdict),
    ...(producer === '' ? [] : [`The file was made by ${producer}.`]),
    '',
    ...(embedding ? [embeddingLine(embedding)] : signatureLines(signature)),
    ...warningLines(warnings).map((line) => style.warn(line)),
    '',
    ...(curl === null
      ? ['Its input is too large for a line of JSON; send it as binary tensors to /v2.']
      : [isLive ? 'Ask it:' : 'Ask this version, which is not live:', '', curl]),
  ];
}

function embeddingLine({
  dimensions,
  max_tokens: most,
  truncate,
}: NonNullable<ImportedManifest['embedding']>): string {
  const rest = truncate ? 'the rest is left out' : 'longer ones are refused';
  return `It turns texts of up to ${most} tokens (${rest}) into vectors of ${dimensions} numbers.`;
}
