/** Every example, the quick ones first. */
import { denseNetwork } from './dense-network/example.ts';
import { digits } from './digits/example.ts';
import { forest } from './forest/example.ts';
import { hourlyTemperature } from './hourly-temperature/example.ts';
import { lenet } from './lenet/example.ts';
import { linearRegression } from './linear-regression/example.ts';
import { logisticRegression } from './logistic-regression/example.ts';
import type { Example } from './tools/types.ts';

export const examples: readonly Example[] = [
  logisticRegression,
  linearRegression,
  forest,
  denseNetwork,
  hourlyTemperature,
  digits,
  lenet,
];
