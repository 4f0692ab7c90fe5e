/** In a process of its own: asks a handler, and tells which modules were loaded before the request and after it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const [handlerUrl, eventsPath, reportPath] = process.argv.slice(2);
const loaded = [];
registerHooks({
  load: (url, context, next) => {
    loaded.push(url);
    return next(url, context);
  },
});

const { handler } = await import(handlerUrl);
const before = [...loaded];
const answers = [];
for (const event of JSON.parse(readFileSync(eventsPath, 'utf8'))) {
  const { statusCode, body } = await handler(event, {
    awsRequestId: 'first',
    getRemainingTimeInMillis: () => 30_000,
  });
  answers.push({ statusCode, body });
}
const builtins = process.moduleLoadList;
writeFileSync(reportPath, JSON.stringify({ before, after: loaded, answers, builtins }));
