/**
 * AWS's prices in US dollars, without tax, free tiers, discounts and savings plans: the only place that holds any.
 *
 * Every price names its source. AWS's own price list and pages could be read for some of them only; what a source does
 * not confirm says so, and `onramp cost` repeats it. A price nobody could confirm at all is `null` and not computed
 * with: serverless endpoints in Europe, ml.c6g and ml.c7g instances, GPU instances in Europe.
 */
import { invalidInput } from '../core/index.ts';

/** Where a price comes from. */
export interface PriceSource {
  readonly what: string;
  /** When AWS published it or somebody read it there. */
  readonly date: string;
  /** False for what is not from AWS's price list, pages or bills of the year of the table. */
  readonly confirmed: boolean;
}

const sources = {
  lambdaList: {
    what: 'AWS price list, AWSLambda, version 20260919002359',
    date: '2026-09-19',
    confirmed: true,
  },
  s3List: { what: 'AWS price list, AmazonS3, version 20260926015512', date: '2026-09-26', confirmed: true },
  gatewayPage: {
    what: 'AWS whitepaper "Best Practices for Designing Amazon API Gateway Private APIs", table 4, and aws.amazon.com/api-gateway/pricing',
    date: '2026-09-20',
    confirmed: true,
  },
  frankfurtList: {
    what: 'AWS Pricing API, EUC1-ApiGatewayRequest and EUC1-Lambda-GB-Second, as quoted by a reader',
    date: '2026-08-12',
    confirmed: true,
  },
  hostingList: {
    what: 'AWS Pricing API, USE1-Host:ml.m5.xlarge and .2xlarge, as quoted by a reader',
    date: '2026-09-28',
    confirmed: true,
  },
  smallHostingList: {
    what: 'AWS Pricing API, USE1-Host:ml.m5.large, as quoted by a reader',
    date: '2026-07-30',
    confirmed: true,
  },
  gpuList: {
    what: 'AWS Pricing API, hosting of ml.g4dn.xlarge and ml.g5.xlarge in us-east-1, as quoted by readers',
    date: '2026-09-28',
    confirmed: true,
  },
  serverlessList: {
    what: 'AWS Pricing API, USE1-ServerlessInf:Mem-3GB (SKU PUE6HBQ8KFHBUN5T): $0.00006 a second; the other sizes in proportion, as in the SageMaker serverless benchmarking toolkit',
    date: '2026-09-09',
    confirmed: true,
  },
  benchmark: {
    what: 'SageMaker serverless benchmarking toolkit of aws-samples (sm-serverless-benchmarking 0.2.3)',
    date: '2023-10-01',
    confirmed: false,
  },
  bill: {
    what: 'a bill of December 2023 in eu-west-1, aws-samples/sagemaker-ssh-helper',
    date: '2023-12-31',
    confirmed: false,
  },
  known: { what: 'generally quoted, not found in a dated list of AWS', date: '2026-11-22', confirmed: false },
} as const satisfies Readonly<Record<string, PriceSource>>;

/** One price and its source. */
export interface Price {
  readonly usd: number;
  readonly source: PriceSource;
}

const price = (usd: number, source: keyof typeof sources): Price => ({ usd, source: sources[source] });

/** Prices that fall with the amount bought in a month; the last one has no end. */
export interface Tiers {
  readonly tiers: readonly { readonly upTo: number; readonly usd: number }[];
  readonly source: PriceSource;
}

const tiered = (
  source: keyof typeof sources,
  ...tiers: readonly (readonly [upTo: number, usd: number])[]
): Tiers => ({
  tiers: tiers.map(([upTo, usd]) => ({ upTo, usd })),
  source: sources[source],
});
const endless = Number.POSITIVE_INFINITY;

/** An instance behind a real-time endpoint or a training job. */
export interface Instance {
  readonly perHour: Price;
  readonly vcpus: number;
  readonly memoryGb: number;
}

const instance = (vcpus: number, memoryGb: number, perHour: Price): Instance => ({
  vcpus,
  memoryGb,
  perHour,
});

/** The prices of one region. */
export interface RegionPrices {
  readonly lambda: {
    /** A second of 1 GB (1,024 MB). */
    readonly gbSecond: Readonly<Record<'arm64' | 'x64', Tiers>>;
    readonly request: Price;
  };
  /** A request to a REST API. */
  readonly gatewayRequest: Tiers;
  readonly s3: { readonly gbMonth: Price; readonly put: Price; readonly get: Price };
  /** A SageMaker serverless endpoint; `null` where no price could be confirmed. */
  readonly serverless: { readonly gbSecond: Price } | null;
  /** Bytes in and out of a SageMaker endpoint, by the GB. */
  readonly endpointDataGb: Price;
  readonly realTime: Readonly<Record<string, Instance>>;
  readonly training: Readonly<Record<string, Instance>>;
  /** One customer-managed key for a month, and one request to it. */
  readonly kms: { readonly keyMonth: Price; readonly request: Price };
  readonly cloudWatch: { readonly logGb: Price; readonly alarmMonth: Price };
}

const lambdaTiers = {
  arm64: [
    [7.5e9, 0.0000133334],
    [18.75e9, 0.0000120001],
    [endless, 0.0000106667],
  ],
  x64: [
    [6e9, 0.0000166667],
    [15e9, 0.000015],
    [endless, 0.0000133334],
  ],
} as const;

/** The same in every region that is listed here. */
const everywhere = {
  kms: { keyMonth: price(1, 'known'), request: price(0.000003, 'known') },
  cloudWatch: { logGb: price(0.5, 'known'), alarmMonth: price(0.1, 'known') },
} as const;

const regions: Readonly<Record<string, RegionPrices>> = {
  'us-east-1': {
    ...everywhere,
    lambda: {
      gbSecond: {
        arm64: tiered('lambdaList', ...lambdaTiers.arm64),
        x64: tiered('lambdaList', ...lambdaTiers.x64),
      },
      request: price(0.0000002, 'lambdaList'),
    },
    gatewayRequest: tiered(
      'gatewayPage',
      [333e6, 0.0000035],
      [1000e6, 0.0000028],
      [20_000e6, 0.00000238],
      [endless, 0.00000151],
    ),
    s3: { gbMonth: price(0.023, 's3List'), put: price(0.000005, 's3List'), get: price(0.0000004, 's3List') },
    serverless: { gbSecond: price(0.00002, 'serverlessList') },
    endpointDataGb: price(0.016, 'benchmark'),
    realTime: {
      'ml.t2.medium': instance(2, 4, price(0.056, 'benchmark')),
      'ml.c5.large': instance(2, 4, price(0.102, 'benchmark')),
      'ml.c5.xlarge': instance(4, 8, price(0.204, 'benchmark')),
      'ml.m5.large': instance(2, 8, price(0.115, 'smallHostingList')),
      'ml.m5.xlarge': instance(4, 16, price(0.23, 'hostingList')),
      'ml.m5.2xlarge': instance(8, 32, price(0.461, 'hostingList')),
      'ml.g4dn.xlarge': instance(4, 16, price(0.7364, 'gpuList')),
      'ml.g5.xlarge': instance(4, 16, price(1.408, 'gpuList')),
    },
    training: {
      'ml.m5.large': instance(2, 8, price(0.115, 'known')),
      'ml.m5.xlarge': instance(4, 16, price(0.23, 'known')),
      'ml.m5.2xlarge': instance(8, 32, price(0.461, 'known')),
    },
  },
  'eu-west-1': {
    ...everywhere,
    lambda: {
      gbSecond: { arm64: tiered('known', ...lambdaTiers.arm64), x64: tiered('known', ...lambdaTiers.x64) },
      request: price(0.0000002, 'known'),
    },
    gatewayRequest: tiered('known', [endless, 0.0000035]),
    s3: { gbMonth: price(0.023, 'known'), put: price(0.000005, 'known'), get: price(0.0000004, 'known') },
    serverless: null,
    endpointDataGb: price(0.016, 'bill'),
    realTime: { 'ml.m5.xlarge': instance(4, 16, price(0.257, 'bill')) },
    training: { 'ml.m5.xlarge': instance(4, 16, price(0.257, 'bill')) },
  },
  'eu-central-1': {
    ...everywhere,
    lambda: {
      gbSecond: {
        arm64: tiered('known', ...lambdaTiers.arm64),
        x64: tiered('frankfurtList', ...lambdaTiers.x64),
      },
      request: price(0.0000002, 'frankfurtList'),
    },
    gatewayRequest: tiered('frankfurtList', [endless, 0.0000037]),
    s3: { gbMonth: price(0.0245, 'known'), put: price(0.0000054, 'known'), get: price(0.00000043, 'known') },
    serverless: null,
    endpointDataGb: price(0.016, 'known'),
    realTime: {},
    training: {},
  },
};

/** The table; `asOf` is the date of the newest source that AWS itself has published. */
export const priceTable = { asOf: '2026-09-28', currency: 'USD', hoursPerMonth: 730, regions } as const;

/** The regions there are prices of. */
export const regionNames: readonly string[] = Object.keys(regions);

/**
 * The prices of a region.
 *
 * @throws invalid_request `unknown_region`
 */
export function findRegion(name: string): RegionPrices {
  const found = Object.hasOwn(regions, name) ? regions[name] : undefined;
  if (found) return found;
  throw invalidInput(
    `There are no prices of the region "${name}" in the table of ${priceTable.asOf}; it has ${regionNames.join(', ')}.`,
    { code: 'unknown_region', param: 'region' },
  );
}
