/** Makes sharp fit for bundling: the code that looks for its library names the one of each platform instead. */
import type { Plugin } from 'esbuild';

/** Packages of sharp's machine code; they bring libvips, which lies beside them. */
export const sharpLibraries = '@img/sharp-*/sharp.node';

const platforms = ['darwin', 'linux', 'linuxmusl', 'win32'].flatMap((system) =>
  ['arm64', 'x64'].map((processor) => `${system}-${processor}`),
);

/**
 * Puts plain `require`s in place of `sharp.mjs`, whose own a bundler does not see: so the build learns what has to be
 * deployed. A platform that is not named here fails with the first picture, and says so.
 */
export function sharpPlugin(): Plugin {
  return {
    name: 'sharp',
    setup: (build) => {
      build.onLoad({ filter: /[\\/]sharp[\\/]dist[\\/]sharp\.mjs$/ }, () => ({ contents, loader: 'js' }));
      // Headers of C++, which only those who compile it look for.
      build.onResolve({ filter: /^@img\/sharp-libvips-dev\// }, ({ path }) => ({
        path,
        namespace: 'headers',
      }));
      build.onLoad({ filter: /./, namespace: 'headers' }, () => ({ contents: '' }));
    },
  };
}

const contents = `
  import libvips from './libvips.mjs';
  const libraries = {
    ${platforms.map((platform) => `'${platform}': () => require('@img/sharp-${platform}/sharp.node'),`).join('\n')}
  };
  const platform = libvips.runtimePlatformArch();
  if (!libraries[platform]) throw new Error('sharp has no library for ' + platform);
  export default libraries[platform]();`;
