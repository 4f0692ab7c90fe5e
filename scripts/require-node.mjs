/** Says what to do where Node is too old to run TypeScript; plain JavaScript, so that an old Node can say it. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `Onramp runs on Node 24, this is ${process.version}. On Linux and Windows, and on Macs with Intel processors, ` +
      `"npm ci" installs Node 24 beside the project unless optional packages are left out; elsewhere install Node 24 first.\n`,
  );
  process.exit(1);
}
