/** Makes onnxruntime-node fit for bundling: one file instead of thirty, which are found and read before the first prediction. */
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

/** Start of the paths at which a bundle finds onnxruntime's libraries, each in a folder `<platform>/<processor>`. */
export const onnxRuntimeLibraries = 'onnxruntime-node/bin/napi-v6/';

const library = 'onnxruntime_binding.node';

/** The one line of onnxruntime-node that a bundler cannot follow. */
const computedPath = `require(\`../bin/napi-v6/\${process.platform}/\${process.arch}/${library}\`)`;

/** Names the library of every platform, so that it is found in `node_modules` from wherever the bundle lies. */
export function onnxRuntimePlugin(root: string): Plugin {
  return {
    name: 'onnxruntime',
    setup: (build) => {
      build.onLoad({ filter: /onnxruntime-node[\\/]dist[\\/]binding\.js$/ }, async ({ path }) => {
        const text = await readFile(path, 'utf8');
        if (!text.includes(computedPath)) {
          throw new Error(
            `${path} loads its library in a new way; scripts/onnxruntime-plugin.ts must follow it`,
          );
        }
        return { contents: text.replace(computedPath, () => namedPaths(root)), loader: 'js' };
      });
    },
  };
}

function namedPaths(root: string): string {
  const found = globSync(`*/*/${library}`, { cwd: join(root, 'node_modules', onnxRuntimeLibraries) });
  const cases = found
    .map((file) => dirname(file).replaceAll('\\', '/'))
    .sort()
    .map((platform) => `'${platform}': () => require('${onnxRuntimeLibraries}${platform}/${library}')`);
  return `({ ${cases.join(', ')} })[process.platform + '/' + process.arch]()`;
}
