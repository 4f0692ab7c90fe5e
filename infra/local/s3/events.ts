/** The EventBridge event that S3 sends for a committed object. */
import type { ObjectCreatedEvent, ObjectRecord } from './types.ts';

/** The account number that stands for this machine. */
export const localAccount = '000000000000';

/** The event of a record; the same record always gives the same event, so that it can be sent again. */
export function objectCreatedEvent(record: ObjectRecord, region: string): ObjectCreatedEvent {
  const { bucket, key, sizeBytes, etag, sequencer, eventId, modifiedAt, origin } = record;
  return {
    version: '0',
    id: eventId,
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: localAccount,
    time: new Date(modifiedAt).toISOString().replace(/\.\d+Z$/, 'Z'),
    region,
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: '0',
      bucket: { name: bucket },
      object: { key, size: sizeBytes, etag, sequencer },
      'request-id': origin.requestId,
      requester: origin.requester,
      'source-ip-address': origin.sourceIpAddress,
      reason: origin.reason,
    },
  };
}
