/** From nothing to a first answer, as bench/coldstart.ts times it: imports a handler and asks it once. */
import { readFileSync } from 'node:fs';

const [handlerUrl, eventPath] = process.argv.slice(2);
const { handler } = await import(handlerUrl);
const event = JSON.parse(readFileSync(eventPath, 'utf8'));
const { body } = await handler(event, { awsRequestId: 'first', getRemainingTimeInMillis: () => 30_000 });
const { user, system } = process.cpuUsage();
const { probabilities } = JSON.parse(body).predictions?.[0] ?? {};
process.stdout.write(`${JSON.stringify({ cpuMs: (user + system) / 1000, probabilities })}\n`, () =>
  process.exit(),
);
