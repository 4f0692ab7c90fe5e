/** The routes that tell what the service offers. */
import * as z from 'zod';
import { type Route, route } from './route.ts';

export const docsRoutes: readonly Route[] = [
  route({
    id: 'openapi',
    method: 'GET',
    path: '/openapi.json',
    function: 'control',
    scope: 'none',
    summary: 'This document: every request with its schemas, as OpenAPI 3.1.',
    response: z.looseObject({
      openapi: z.string(),
      info: z.looseObject({ title: z.string(), version: z.string() }),
      paths: z.record(z.string(), z.unknown()),
    }),
    example: {
      response: { openapi: '3.1.1', info: { title: 'Onramp', version: '0.1.0' }, paths: {} },
    },
  }),
  route({
    id: 'docs',
    method: 'GET',
    path: '/docs',
    function: 'control',
    scope: 'none',
    summary: 'A page on which every request can be read and tried.',
    response: z.string(),
    responseTypes: ['text/html'],
    example: { response: '<!doctype html>' },
  }),
];
