/** An object server in a process of its own, to be killed: `node s3-child.ts <directory>` prints its address. */
import { startObjectServer } from '../../../infra/local/s3/index.ts';
import { credentials } from './s3-fixture.ts';

const [, , directory = ''] = process.argv;
const { url } = await startObjectServer({ directory, port: 0, buckets: ['data'], credentials });
process.stdout.write(`${url}\n`);
