/** `npm run generate`: writes the client's types and addresses from the route table. */
import { writeFileSync } from 'node:fs';
import { clientModulePath, currentClientModule } from './api/current.ts';

writeFileSync(clientModulePath, await currentClientModule());
