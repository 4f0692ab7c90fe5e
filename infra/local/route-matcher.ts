/** Finds the route of a request by walking the parts of its path, as API Gateway's resource tree does. */
import type { Route } from '../../lib/contracts/routes.ts';
import { internal } from '../../lib/core/index.ts';

/** What a request path leads to. */
export type RouteMatch =
  | {
      readonly kind: 'route';
      readonly route: Route;
      /** Decoded path parameters, `null` if the path has none. */
      readonly parameters: Readonly<Record<string, string>> | null;
    }
  | { readonly kind: 'method-not-allowed'; readonly allow: readonly string[] }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'unknown' };

interface Leaf {
  readonly route: Route;
  readonly names: readonly string[];
}

interface Node {
  readonly literals: Map<string, Node>;
  parameter: Node | undefined;
  readonly leaves: Map<string, Leaf>;
}

const newNode = (): Node => ({ literals: new Map(), parameter: undefined, leaves: new Map() });

/**
 * Builds the tree of a route table; a literal part is preferred to a parameter.
 * @throws `internal` for two routes with the same method and path, or a part that is half literal, half parameter.
 */
export function compileRoutes(routes: readonly Route[]): (method: string, path: string) => RouteMatch {
  const root = newNode();
  for (const route of routes) addRoute(root, route);
  return (method, path) => {
    const parts = path.split('/');
    const values: string[] = [];
    const node = parts[0] === '' ? findNode(root, parts, 1, values) : undefined;
    if (!node) return { kind: 'unknown' };
    const leaf = node.leaves.get(method);
    if (!leaf) return { kind: 'method-not-allowed', allow: [...node.leaves.keys()] };
    const parameters = decodeParameters(leaf.names, values);
    return parameters === undefined
      ? { kind: 'malformed' }
      : { kind: 'route', route: leaf.route, parameters };
  };
}

function addRoute(root: Node, route: Route): void {
  let node = root;
  const names: string[] = [];
  for (const part of route.path.split('/').slice(1)) {
    const name = /^\{([A-Za-z0-9_]+)\}$/.exec(part)?.[1];
    if (name === undefined && /[{}]/.test(part)) {
      throw internal(`route ${route.id}: "${part}" must be either plain text or one {parameter}`);
    }
    let next = name === undefined ? node.literals.get(part) : node.parameter;
    if (!next) {
      next = newNode();
      if (name === undefined) node.literals.set(part, next);
      else node.parameter = next;
    }
    if (name !== undefined) names.push(name);
    node = next;
  }
  if (node.leaves.has(route.method)) {
    throw internal(`two routes answer ${route.method} ${route.path}; remove one from the route table`);
  }
  node.leaves.set(route.method, { route, names });
}

function findNode(node: Node, parts: readonly string[], depth: number, values: string[]): Node | undefined {
  const part = parts[depth];
  if (part === undefined) return node.leaves.size > 0 ? node : undefined;
  const literal = node.literals.get(part);
  const found = literal && findNode(literal, parts, depth + 1, values);
  if (found || !node.parameter || part === '') return found;
  values.push(part);
  const below = findNode(node.parameter, parts, depth + 1, values);
  if (!below) values.pop();
  return below;
}

function decodeParameters(
  names: readonly string[],
  values: readonly string[],
): Record<string, string> | null | undefined {
  if (names.length === 0) return null;
  const parameters: Record<string, string> = {};
  for (let index = 0; index < names.length; index++) {
    const value = values[index]!;
    if (!value.includes('%')) parameters[names[index]!] = value;
    else {
      try {
        parameters[names[index]!] = decodeURIComponent(value);
      } catch {
        return undefined;
      }
    }
  }
  return parameters;
}
