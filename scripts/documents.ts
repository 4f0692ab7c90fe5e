/** Makes the files that lie beside the code: the OpenAPI document and the page that shows it, the client's types. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** A file's name and its text. */
export type Document = readonly [name: string, text: string];

const pageFolder = 'console/reference';

/** The files that go beside a target's code; none for most of them. */
export async function documentsOf(root: string, name: string): Promise<Document[]> {
  if (name === 'client') {
    const { declarationsOf } = await import('./declarations.ts');
    return [...declarationsOf(join(root, 'lib/client/package.ts'))];
  }
  if (name === 'container') {
    // Beside what it copies, so that the folder is all that an image is made from.
    return [['Dockerfile', readFileSync(join(root, 'infra/container/Dockerfile'), 'utf8')]];
  }
  if (name !== 'control' || !existsSync(join(root, pageFolder))) return [];
  return [
    ['openapi.json', JSON.stringify(await openApiDocument())],
    ['reference.html', await referencePage(root)],
  ];
}

/** Loaded late: the schemas take a while, and only this needs them. */
async function openApiDocument(): Promise<object> {
  const { currentOpenApi } = await import('./api/current.ts');
  return currentOpenApi();
}

/** The page in one file: its script and its style stand inside, so that nothing else is loaded. */
async function referencePage(root: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [`${pageFolder}/main.ts`, `${pageFolder}/style.css`],
    bundle: true,
    minify: true,
    format: 'iife',
    target: ['es2022', 'chrome123', 'firefox120', 'safari17.5'],
    outdir: 'page',
    write: false,
  });
  const textOf = (ending: string): string =>
    outputFiles.find(({ path }) => path.endsWith(ending))!.text.trim();
  const script = textOf('.js');
  if (script.includes('</script')) throw new Error('the script of the page would end early at "</script"');
  return readFileSync(join(root, pageFolder, 'page.html'), 'utf8')
    .replace('/* style.css */', () => textOf('.css'))
    .replace('/* main.ts */', () => script);
}
