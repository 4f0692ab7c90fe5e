/** Every schema, key, route and event that crosses a boundary. Import single files where start-up time counts. */
export * from './content-type.ts';
export * from './dialects.ts';
export * from './encoding.ts';
export * from './environment.ts';
export * from './events.ts';
export * from './explain.ts';
export * from './gateway.ts';
export * from './http.ts';
export * from './jobs.ts';
export * from './keys.ts';
export * from './model-spec.ts';
export * from './names.ts';
export * from './prefer.ts';
export * from './profile.ts';
export * from './records.ts';
export * from './routes.ts';
export * from './version-status.ts';
