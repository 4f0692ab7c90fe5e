/** The import rules of the code base, and the check that finds breaches of them. */
import { posix } from 'node:path';
import ts from 'typescript6';

/** One file's text under its path from the project's root. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** An import that a rule forbids. */
export interface Breach {
  readonly file: string;
  readonly imports: string;
  readonly rule: string;
}

/** The stations of the data, in order: each may import those to its left. The last one puts them together. */
const stations = [
  'dataset',
  'preprocess',
  'train',
  'evaluate',
  'explain',
  'registry',
  'schedules',
  'usage',
  'jobs',
  'serve',
  'generate',
  'capture',
  'pipeline',
];

/** What the folders of `lib` that are no stations may import of each other. */
const foundations: Readonly<Record<string, readonly string[]>> = {
  core: [],
  archive: ['core'],
  contracts: ['core'],
  cost: ['core', 'contracts'],
  storage: ['core', 'contracts'],
  onnx: ['core', 'contracts'],
  series: ['core', 'contracts'],
  autodiff: ['core', 'contracts', 'onnx'],
  tokenize: ['core', 'contracts'],
  embedding: ['core', 'contracts', 'archive', 'onnx', 'tokenize'],
  images: ['core', 'contracts'],
  access: ['core', 'contracts'],
  invoke: ['core', 'contracts'],
  preparation: ['core', 'contracts', 'invoke'],
  endpoint: ['core', 'contracts', 'storage'],
  client: ['core', 'contracts'],
};

/**
 * Files that other folders may import beside a folder's `index.ts`: contracts one by one, types, and the errors, which
 * the client takes into browsers where the rest of the core, which needs Node, cannot go.
 */
const publicFiles = /^lib\/(contracts\/[^/]+|core\/errors|[^/]+\/(index|types)|storage\/object-store)\.ts$/;

/** Outside packages and the one place that may import each. */
const wrapped: readonly { readonly package: RegExp; readonly home: RegExp }[] = [
  {
    package: /^(@aws-sdk\/(client-s3|s3-request-presigner|lib-storage)|@smithy\/.*)$/,
    home: /^lib\/storage\//,
  },
  { package: /^onnxruntime-(node|common|web)$/, home: /^lib\/onnx\// },
  { package: /^@aws-sdk\/client-sagemaker/, home: /^lib\/endpoint\// },
  { package: /^@aws-sdk\/client-lambda$/, home: /^lib\/invoke\// },
  { package: /^@aws-sdk\/client-api-gateway/, home: /^lib\/access\// },
  { package: /^@aws-sdk\/client-scheduler$/, home: /^lib\/schedules\// },
  { package: /^@middy\//, home: /^functions\/middleware\// },
  { package: /^@aws-lambda-powertools\//, home: /^functions\// },
  { package: /^(aws-cdk-lib|constructs|cdk-nag)$/, home: /^infra\/(?!local\/)/ },
  { package: /^@duckdb\//, home: /^lib\/dataset\// },
  { package: /^sharp$/, home: /^lib\/images\// },
  { package: /^croner$/, home: /^lib\/core\// },
  { package: /^aws-lambda$/, home: /^(functions|infra)\// },
  { package: /^(esbuild|typescript|typescript6)$/, home: /^scripts\// },
];

/** Every breach of the rules in these files. Files outside `lib`, `functions`, `infra`, `cli` are not judged. */
export function findBreaches(files: readonly SourceFile[]): Breach[] {
  return files.flatMap(({ path, text }) =>
    importsOf(text).flatMap((specifier) => {
      const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : null;
      const rule = target === null ? packageRule(path, specifier) : fileRule(path, target);
      return rule === null ? [] : [{ file: path, imports: target ?? specifier, rule }];
    }),
  );
}

/** Everything a module names: imports of values and types, re-exports, `import()` of a literal, `import('x').T`. */
export function importsOf(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

function packageRule(path: string, specifier: string): string | null {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const entry = wrapped.find((line) => line.package.test(name));
  return entry && !entry.home.test(path) ? `${name} is wrapped once, in ${entry.home.source}` : null;
}

function fileRule(path: string, target: string): string | null {
  const from = path.split('/');
  const to = target.split('/');
  if (from[0] === 'lib') return libRule(from, to, target);
  if (from[0] === 'functions') return functionRule(from, to, target);
  if (from[0] === 'infra') return infraRule(from, to, target);
  if (from[0] === 'cli') return commandRule(to, target);
  return null;
}

function libRule(from: readonly string[], to: readonly string[], target: string): string | null {
  if (to[0] !== 'lib') return 'lib imports nothing but lib';
  const [, importer = '', ...rest] = from;
  const imported = to[1] ?? '';
  if (importer === imported) return null;
  if (rest.length === 0 || !mayImport(importer, imported)) {
    return `lib/${importer} must not import lib/${imported}: stations import to the left, foundations only what is below`;
  }
  return publicFaceRule(target);
}

/** True if one folder of `lib` stands above the other. */
function mayImport(importer: string, imported: string): boolean {
  const below = foundations[importer];
  if (below) return below.includes(imported);
  if (imported in foundations) return true;
  const [left, right] = [stations.indexOf(imported), stations.indexOf(importer)];
  return left >= 0 && right >= 0 && left < right;
}

const publicFaceRule = (target: string): string | null =>
  publicFiles.test(target) ? null : 'another folder is imported through its index.ts';

function functionRule(from: readonly string[], to: readonly string[], target: string): string | null {
  if (to[0] === 'lib') return publicFaceRule(target);
  if (to[0] !== 'functions') return 'a function imports only lib and functions/middleware';
  // Middleware by its files: a function loads only the stack it wears.
  return to[1] === from[1] || to[1] === 'middleware' ? null : 'a function folder never imports another';
}

function infraRule(from: readonly string[], to: readonly string[], target: string): string | null {
  if (to[0] === 'infra') return null;
  // The container stands beside the functions, and is put together from the same parts.
  if (from[1] === 'container' && to[0] === 'functions') return null;
  if (from[1] === 'container' && to[0] === 'lib') return publicFaceRule(target);
  const allowed =
    from[1] === 'local'
      ? ['access', 'client', 'contracts', 'core', 'schedules', 'storage']
      : ['contracts', 'core', 'cost'];
  if (to[0] === 'lib' && allowed.includes(to[1] ?? '')) return publicFaceRule(target);
  return `infra imports only infra and lib/{${allowed.join(',')}}, and names functions by path`;
}

function commandRule(to: readonly string[], target: string): string | null {
  if (to[0] === 'cli') return null;
  if (to[0] === 'lib' && ['client', 'contracts', 'core', 'cost'].includes(to[1] ?? ''))
    return publicFaceRule(target);
  return 'the command speaks to the API and imports only cli and lib/{client,contracts,core,cost}';
}
