/** `npm run generate`: writes the client's types and addresses from the route table. */
import { writeFileSync } from 'node:fs';
import { currentClientModule } from './api/current.ts';

writeFileSync(new URL('../lib/client/api.ts', import.meta.url), await currentClientModule());
