import { z } from 'zod';
import type { Resource, Workspace } from '../world.ts';
import { assetVersion, UnknownReference } from './assets.ts';

const literalTypes = ['string', 'number', 'integer', 'boolean'] as const;
const assetTypes = ['uri_file', 'uri_folder', 'mltable', 'custom_model', 'mlflow_model', 'triton_model'] as const;

const input = z.object({
  type: z.enum([...literalTypes, ...assetTypes]),
  optional: z.boolean().default(false),
  default: z.union([z.string(), z.number(), z.boolean()]).transform(String).nullish(),
});
const output = z.object({ type: z.enum(assetTypes) });
const ports = {
  inputs: z.record(z.string(), input).default({}),
  outputs: z.record(z.string(), output).default({}),
};

const commandSchema = z.object({
  type: z.literal('command'),
  ...ports,
  command: z.string().min(1),
  code: z.string().nullish(),
  environment: z.string(),
  is_deterministic: z.boolean().default(true),
});
const pipelineSchema = z.object({
  type: z.literal('pipeline'),
  ...ports,
  jobs: z.record(z.string(), z.unknown()),
});

/** What the service stores as `componentSpec`: free-form for ARM, in the words of the component's YAML. */
export const componentSchema = z.discriminatedUnion('type', [commandSchema, pipelineSchema]);

export type ComponentInput = z.infer<typeof input>;
export type CommandComponent = z.infer<typeof commandSchema>;
export type PipelineComponent = z.infer<typeof pipelineSchema>;

export function parseComponent(properties: Readonly<Record<string, unknown>>): CommandComponent | PipelineComponent {
  const parsed = componentSchema.safeParse(properties['componentSpec']);
  if (!parsed.success) throw new UnknownReference(`componentSpec cannot be run: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** A registered component by its id; throws where it is of another kind than asked for. */
export function componentNamed<Kind extends 'command' | 'pipeline'>(
  workspace: Workspace,
  reference: string,
  kind: Kind,
): { version: Resource; component: Extract<CommandComponent | PipelineComponent, { type: Kind }> } {
  const version = assetVersion(workspace, 'components', reference);
  const component = parseComponent(version.properties);
  if (!isOf(component, kind)) throw new UnknownReference(`${reference} is a ${component.type} component, not a ${kind} component`); // prettier-ignore
  return { version, component };
}

function isOf<Kind extends 'command' | 'pipeline'>(
  component: CommandComponent | PipelineComponent,
  kind: Kind,
): component is Extract<CommandComponent | PipelineComponent, { type: Kind }> {
  return component.type === kind;
}

export function isLiteral({ type }: ComponentInput): boolean {
  return literalTypes.some((literal) => literal === type);
}
