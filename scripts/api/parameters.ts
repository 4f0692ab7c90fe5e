/** The parameters of a route: the parts of its path, what may be said after the `?`, and its headers. */
import * as z from 'zod';
import { type Route, resourceName, versionNumber } from '../../lib/contracts/index.ts';

/** What is known of a part of a path by its name. */
interface PathPart {
  readonly schema: z.ZodType;
  readonly description: string;
  readonly example: string;
}

const pathParts: Readonly<Record<string, PathPart>> = {
  model: { schema: resourceName, description: 'Name of a model.', example: 'heart' },
  dataset: { schema: resourceName, description: 'Name of a data set.', example: 'heart' },
  version: { schema: versionNumber, description: 'Number of a published version.', example: '1' },
  run: {
    schema: z.string().regex(/^[0-9a-f]{16}$/),
    description: 'Id of a run, as the list of runs gives it.',
    example: '4f1c9a0b7d2e6835',
  },
  label: { schema: z.string(), description: 'Name of a version label, such as "live".', example: 'live' },
  id: {
    schema: z.string(),
    description: 'Id, as the list gives it.',
    example: '0192f7c4-5d0a-7c31-9a57-1d6b8f0e2a44',
  },
};

/** One parameter, before its schema is written down. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description: string;
  readonly schema: z.ZodType;
  readonly example?: string;
}

/** The path that clients write, in OpenAPI's form. */
export const shownPath = ({ path, shownPath: shown = path }: Route): string => shown;

/**
 * Every parameter of a route.
 *
 * @throws Error for a part of a path that nothing is known of
 */
export function parametersOf(route: Route): Parameter[] {
  const parts = [...shownPath(route).matchAll(/\{([^}]+)\}/g)].map(([, name]) => name!);
  return [
    ...parts.map((name) => {
      const part = pathParts[name];
      if (!part) throw new Error(`route ${route.id}: describe {${name}} in scripts/api/parameters.ts`);
      return { name, in: 'path', required: true, ...part } as const;
    }),
    ...optional('query', route.query),
    ...optional('header', route.headers),
  ];
}

const optional = (place: 'query' | 'header', named: Route['query'] = {}): Parameter[] =>
  Object.entries(named).map(([name, { schema, summary }]) => ({
    name,
    in: place,
    required: false,
    description: summary,
    schema,
  }));
