/** One variant of an endpoint in SageMaker's words: its image, its machines, the time it has to start. */
import type { CfnEndpointConfig, CfnInferenceComponent } from 'aws-cdk-lib/aws-sagemaker';
import { presets, registryImage } from './container-presets.ts';
import { type Capacity, type InstanceCapacity, rangeOf } from './endpoint-capacity.ts';
import type { VariantSettings } from './endpoint-settings.ts';

/** The image that runs: the variant's own, or that of its preset in the region; `null` where there is none. */
export function findImage({ image, preset }: VariantSettings, region: string): string | null {
  const brought = preset && presets[preset].image;
  return image ?? (brought === undefined ? null : registryImage(brought, region));
}

/** The same for settings that were checked. */
export function imageOf(variant: VariantSettings, region: string): string {
  const found = findImage(variant, region);
  if (found === null)
    throw new Error(`A variant has neither an image nor a preset that brings one to ${region}.`);
  return found;
}

/** How long SageMaker waits for a container. */
export function startupOf(
  { startSeconds }: InstanceCapacity,
  { preset, modelData }: VariantSettings,
): CfnInferenceComponent.InferenceComponentStartupParametersProperty {
  const seconds = startSeconds ?? (preset && presets[preset].startSeconds);
  if (seconds === undefined) return {};
  return {
    containerStartupHealthCheckTimeoutInSeconds: seconds,
    ...(modelData !== undefined && { modelDataDownloadTimeoutInSeconds: seconds }),
  };
}

/** The machines of a variant in its endpoint's configuration. */
export function productionVariant(
  capacity: Capacity,
  variant: VariantSettings,
): Partial<CfnEndpointConfig.ProductionVariantProperty> {
  if (capacity.kind === 'serverless') {
    const { memoryMb, maxConcurrency } = capacity;
    return { serverlessConfig: { memorySizeInMb: memoryMb, maxConcurrency } };
  }
  const { min, max, first } = rangeOf(capacity)!;
  const machineImage = capacity.machineImage ?? (variant.preset && presets[variant.preset].machineImage);
  return {
    instanceType: capacity.instance,
    initialInstanceCount: first,
    ...(machineImage !== undefined && { inferenceAmiVersion: machineImage }),
    ...(capacity.diskGb !== undefined && { volumeSizeInGb: capacity.diskGb }),
    // Requests differ by seconds in their length: the next one goes where the fewest are under way.
    ...(capacity.kind === 'real-time' && {
      routingConfig: { routingStrategy: 'LEAST_OUTSTANDING_REQUESTS' },
    }),
    ...(capacity.kind === 'real-time' && min === 0
      ? { managedInstanceScaling: { status: 'ENABLED', minInstanceCount: 0, maxInstanceCount: max } }
      : startupOf(capacity, variant)),
  };
}
