import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/index.ts';
import { type BodyOf, type Loop, startLoop, until, waitForRun } from '../loop/support.ts';

/** A person who is in the data in every way there is. */
const person = {
  name: 'Zebulon Quackenbush',
  email: 'zeb.quack@planted.example',
  phone: '+49 30 5550198',
  nationalId: '86095742719',
  label: 'Wilhelmina Ostrowski',
  column: 'sister of Barnaby Thistlewood',
  place: 'Unter den Planken 17',
} as const;

/** Pieces by which the person would be recognised, however the text was cut, encoded or changed in case. */
const traces = [
  ...['zebulon', 'quackenbush', 'zeb.quack', 'planted.example', '5550198', '86095742719'],
  ...['wilhelmina', 'ostrowski', 'barnaby', 'thistlewood', 'planken'],
];

const header = `name,email,phone,id,${person.column},place,age,relative`;
const personal = Object.values(person);

/** People of whom a few are the planted one; the label is a name too. */
function people(rows: number): string {
  const random = createRandom(3);
  const lines = [header];
  for (let row = 0; row < rows; row += 1) {
    const age = 20 + random.integer(60);
    const planted = row % 4 === 0;
    const [name, email, phone, id] = planted
      ? [person.name, person.email, person.phone, person.nationalId]
      : [`name ${row % 5}`, `mail${row}@example.org`, `+49 30 ${1000 + row}`, String(10_000_000_000 + row)];
    const sister = planted ? person.label : 'nobody';
    const relative = age + 5 * random.normal() > 50 ? person.label : 'nobody';
    lines.push(`${name},${email},${phone},${id},${sister},${person.place},${age},${relative}`);
  }
  return `${lines.join('\n')}\n`;
}

const row = {
  name: person.name,
  email: person.email,
  phone: person.phone,
  id: person.nationalId,
  [person.column]: person.label,
  place: person.place,
  age: 61,
};

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop?.remove());

/** Every line that any process of the platform has written, with the name of its file. */
function everythingLogged(): readonly (readonly [string, string])[] {
  const files = globSync('**/*.{log,log.1}', { cwd: loop.home });
  return [
    ['the terminal', loop.output()],
    ...files.map((file): [string, string] => [file, readFileSync(join(loop.home, file), 'utf8')]),
  ];
}

async function trainAndFail(): Promise<void> {
  await loop.api('PUT', '/v1/models/people', { dataset: 'people', target: 'relative', learner: 'linear' });
  await loop.upload('people', 'people.csv', people(160));
  const run = await waitForRun(loop, 'people', 'people.csv');
  expect(run.state).toBe('succeeded');
  const broken: Readonly<Record<string, string>> = {
    'unquoted.csv': `${header}\n"${personal.join('","')},61\n`,
    'ragged.csv': `${header}\n${personal.join(',')},61,${personal.join(',')}\n`,
    'binary.csv': `${header}\n${person.name}\u0000${person.email}\n`,
    'lines.jsonl': `{"name":"${person.name}"\n{"name":${person.email}}\n`,
    'twice.csv': `${person.column},${person.column}\n${person.name},${person.email}\n`,
    'no-target.csv': `${person.column},age\n${person.name},61\n`,
  };
  for (const [file, content] of Object.entries(broken)) {
    await loop.upload('people', file, content);
  }
  const uploads = 1 + Object.keys(broken).length;
  await until(() => messagesOf('preprocess') >= uploads && messagesOf('train') > 1);
}

/** How many messages a function has worked on, for good or ill. */
function messagesOf(functionName: string): number {
  const logs = everythingLogged().filter(([file]) => file.includes(functionName));
  return logs.flatMap(([, content]) => content.match(/"message":"message (done|failed)"/g) ?? []).length;
}

async function askInEveryDialect(): Promise<number> {
  const wrong = { ...row, age: person.name };
  const instances = { instances: [row] };
  const asked: readonly (readonly [string, unknown])[] = [
    ['/v1/models/people/predict', instances],
    ['/v1/models/people/predict?strict=true', instances],
    ['/v1/models/people/predict', { instances: [wrong] }],
    ['/v1/models/people/predict', { instances: [{ ...row, [person.email]: 1 }] }],
    ['/v1/models/people/predict', { columns: { [person.column]: [person.name], age: [1, 2] } }],
    ['/v1/models/people/predict?explain=true', instances],
    ['/v1/models/people/explain', instances],
    [`/v1/models/people/explain?class=${encodeURIComponent(person.label)}`, instances],
    [`/v1/models/people/explain?class=${encodeURIComponent(person.name)}`, instances],
    ['/v1/models/people/transform', instances],
    [`/v1/models/people/predict?version=${encodeURIComponent(person.name)}`, instances],
    ['/v1/models/people:predict', instances],
    ['/v1/models/people:predict', { instances: [wrong] }],
    ['/invocations?model=people', { dataframe_records: [row] }],
    ['/invocations?model=people', { dataframe_records: [wrong], params: { [person.name]: 1 } }],
    [`/invocations?model=${encodeURIComponent(person.email)}`, { dataframe_records: [row] }],
    ['/v2/models/people/infer', { inputs: [{ name: person.column, shape: [1], datatype: person.name }] }],
    ['/v1/models/people/predict', `{"instances":[{"name":"${person.name}`],
    [`/v1/models/${encodeURIComponent(person.email)}/predict`, instances],
    [`/v1/models/people/versions/${encodeURIComponent(person.name)}:predict`, instances],
    ['/v1/models/people/predict', { instances: [{ ...row, [person.column]: { a: person.name } }] }],
    ['/v1/models/people/promote', { version: person.name }],
    ['/v1/datasets/people/uploads', { file: `${person.name}/${person.email}` }],
  ];
  for (const [path, body] of asked) {
    const content = typeof body === 'string' ? body : JSON.stringify(body);
    const headers = {
      'x-api-key': 'onramp-local',
      'content-type': 'application/json',
      'x-note': person.name,
    };
    const answer = await fetch(`${loop.url}${path}`, { method: 'POST', headers, body: content });
    expect(answer.status, path).toBeLessThan(500);
  }
  return asked.length;
}

async function runJobs(): Promise<void> {
  const rows = `${people(8)}${personal.join(',')},${person.email}\n`;
  for (const [file, content] of Object.entries({ 'job.csv': rows, 'broken.csv': `"${personal.join(',')}` })) {
    const uploads = '/v1/models/people/jobs/uploads';
    const { body: ticket } = await loop.api<BodyOf<'create-job-upload'>>('POST', uploads, { file });
    await fetch(ticket.url, { method: 'PUT', body: content });
    const { body: job } = await loop.api<BodyOf<'create-job'>>('POST', '/v1/models/people/jobs', {
      input: { key: ticket.key },
      output: { keep: ['name', 'email'] },
    });
    await until(async () => {
      const { body } = await loop.api<BodyOf<'get-job'>>('GET', `/v1/jobs/${job.id}`);
      return body.ended !== null;
    });
  }
}

it('no log of any process holds a word of the data, whatever is done with them and whatever fails', async () => {
  await trainAndFail();
  const requests = await askInEveryDialect();
  await runJobs();
  await loop.api('PUT', '/v1/models/people/versions', `${person.name} is no model`);
  await loop.stop();

  const logs = everythingLogged();

  // The logs are there, and tell of what was done.
  const text = logs.map(([, content]) => content).join('\n');
  expect(text.match(/"message":"(answered|refused)"/g)!.length).toBeGreaterThan(requests);
  expect(logs.map(([file]) => file)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/api/),
      expect.stringMatching(/preprocess/),
      expect.stringMatching(/train/),
      expect.stringMatching(/evaluate/),
      expect.stringMatching(/batch/),
    ]),
  );
  const found = logs.flatMap(([file, content]) =>
    content
      .split('\n')
      .filter((line) => traces.some((trace) => line.toLowerCase().includes(trace)))
      .map((line) => `${file}: ${line.slice(0, 500)}`),
  );
  expect(found).toEqual([]);
}, 120_000);
