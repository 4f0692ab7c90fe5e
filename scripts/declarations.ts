/** Makes the type declarations of a module and of what it imports, without checking them. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import ts from 'typescript6';

/** A relative import, with the name of the file apart. */
const relativeImport = /(?<=(?:from|import)\s*\(?['"])(\.{1,2}\/[^'"]+)\.ts(?=['"])/g;

/**
 * Declarations by file name, the module's own as `index.d.ts`, all of them meant for one folder.
 *
 * @param entry path of the module
 * @throws Error if a type cannot be told from the file alone, or two files have one name
 */
export function declarationsOf(entry: string): Map<string, string> {
  const made = new Map<string, string>();
  const paths = new Map<string, string>([['index', entry]]);
  for (const [name, path] of paths) {
    const text = declarationOf(path).replace(relativeImport, (_whole, specifier: string) => {
      const target = join(dirname(path), `${specifier}.ts`);
      const known = paths.get(basename(specifier)) ?? target;
      if (known !== target) throw new Error(`${known} and ${target} would share one declaration file`);
      paths.set(basename(specifier), target);
      return `./${basename(specifier)}.js`;
    });
    made.set(`${name}.d.ts`, text);
  }
  return made;
}

function declarationOf(path: string): string {
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(readFileSync(path, 'utf8'), {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      isolatedDeclarations: true,
      verbatimModuleSyntax: true,
    },
  });
  const [problem] = diagnostics;
  if (problem) throw new Error(`${path}: ${ts.flattenDiagnosticMessageText(problem.messageText, ' ')}`);
  return outputText;
}
