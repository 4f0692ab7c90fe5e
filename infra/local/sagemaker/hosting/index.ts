/** SageMaker's endpoints on one machine: its runtime API before processes that honour its contract with a container. */

export { type Endpoint, type EndpointOptions, startEndpoint } from './endpoint.ts';
export { type RuntimeServerOptions, type ServedEndpoint, startRuntimeServer } from './server.ts';
export { endpointFields, endpointModelsText, type HostedEndpoint, readEndpoints } from './settings.ts';
export { type Hosting, type HostingOptions, startHosting } from './start.ts';
