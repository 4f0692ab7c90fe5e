/** `npm run diagram`: puts the diagram of the default environment's template into docs/architecture.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { architectureDiagram } from './architecture-diagram.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = `${root}docs/architecture.md`;

const template = JSON.parse(readFileSync(`${root}cdk.out/built/dev/onramp-dev.template.json`, 'utf8'));
const fence = /(```mermaid\n)[\s\S]*?(```)/;
const text = readFileSync(page, 'utf8');
if (!fence.test(text)) throw new Error(`${page} has no block of Mermaid to put the diagram into.`);
writeFileSync(
  page,
  text.replace(fence, (_, start, end) => `${start}${architectureDiagram(template)}${end}`),
);
