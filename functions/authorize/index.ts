/** The authorizer of API Gateway: from the key of a request to what its caller may do. */
import { createKeyDirectory, listApiGatewayKeys, parseGrants } from '../../lib/access/index.ts';
import { environmentNames } from '../../lib/contracts/environment.ts';
import { systemClock } from '../../lib/core/index.ts';
import { createAuthorize } from './authorize.ts';

const { grants: setting } = environmentNames;

export const handler = createAuthorize(
  createKeyDirectory({
    listKeys: listApiGatewayKeys,
    grants: parseGrants(process.env[setting] ?? '', setting),
    clock: systemClock,
  }),
);
