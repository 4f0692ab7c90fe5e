/** Templates of environments, made in this process, and how to look things up in them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Validations } from 'aws-cdk-lib';
import { type StageSettings, stageConfig } from '../../infra/config.ts';
import { createOnrampApp } from '../../infra/onramp-app.ts';
import type { Route } from '../../lib/contracts/routes.ts';
import type { AnyProperties, PropertiesOf } from './resource-properties.ts';

/** One resource of a template. */
export interface Resource<P = AnyProperties | undefined> {
  readonly id: string;
  readonly type: string;
  readonly properties: P;
  readonly deletionPolicy?: string;
}

interface TemplateResource {
  readonly Type: string;
  readonly Properties?: AnyProperties;
  readonly DeletionPolicy?: string;
}

/** What an environment is synthesised to. */
export interface Synthesised {
  readonly template: {
    readonly Resources: Readonly<Record<string, TemplateResource>>;
    readonly Outputs?: Record<string, unknown>;
  };
  readonly resources: readonly Resource[];
  ofType<T extends string>(type: T): readonly Resource<PropertiesOf<T>>[];
  /** Acknowledged findings with their reasons. */
  readonly acknowledged: readonly { readonly id: string; readonly reason: string }[];
}

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

/**
 * Synthesises an environment with the built functions.
 *
 * @throws the CDK's `ValidationFailed` with what cdk-nag has found and nobody has acknowledged
 */
export function synthesise(
  settings: StageSettings,
  { stage = 'dev', routes }: { readonly stage?: string; readonly routes?: readonly Route[] } = {},
): Synthesised {
  const outdir = mkdtempSync(join(tmpdir(), 'onramp-cdk-'));
  // cfn-lint holds templates to the same schemas, and takes its time apart from these tests.
  process.env.CDK_VALIDATION = 'false';
  const { app, stack } = createOnrampApp({
    config: stageConfig({ [stage]: settings }, stage),
    codeFolder: dist,
    ...(routes && { routes }),
    app: { outdir, context: { 'aws:cdk:disable-asset-staging': true } },
  });
  const [artifact] = app.synth().stacks;
  const template = artifact!.template as Synthesised['template'];
  rmSync(outdir, { recursive: true });
  const resources = Object.entries(template.Resources).map(
    ([id, { Type: type, Properties: properties, DeletionPolicy: deletionPolicy }]): Resource => ({
      ...{ id, type, properties },
      ...(deletionPolicy && { deletionPolicy }),
    }),
  );
  return {
    template,
    resources,
    ofType: (type) => (resources as readonly Resource<unknown>[]).filter(hasType(type)),
    acknowledged: stack.node
      .findAll()
      .flatMap(({ node }) => node.metadata)
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([id, reason]) => ({ id: id.replace(/^Annotation::/, ''), reason })),
  };
}

/** What is in a resource depends on its type: whoever asks for the one knows the other. */
const hasType =
  <T extends string>(type: T) =>
  (resource: Resource<unknown>): resource is Resource<PropertiesOf<T>> =>
    resource.type === type;

/** A reference in readable form: `<Id>`, `<Id.Arn>`, joined texts. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, never>;
  if (Ref) return `<${Ref}>`;
  if (attribute) return `<${(attribute as string[]).join('.')}>`;
  if (join) return (join[1] as unknown[]).map(textOf).join(join[0]);
  return JSON.stringify(value);
}
