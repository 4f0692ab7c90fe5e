/** What the object server keeps of an object, and what it tells the platform. */
import type { Checksum, ChecksumAlgorithm, ChecksumType } from './wire/checksums.ts';

/** A run of bytes of an object: one immutable file. Objects put in one go have one, assembled ones one per part. */
export interface Segment {
  readonly blob: string;
  readonly sizeBytes: number;
  readonly part?: {
    readonly number: number;
    /** Base64, by the algorithm of the object. */
    readonly checksum?: string;
  };
}

/** Object tag. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** How a write came about; the source of its event. */
export interface WriteOrigin {
  readonly requestId: string;
  readonly requester: string;
  readonly sourceIpAddress: string;
  readonly reason: 'PutObject' | 'POST Object' | 'CopyObject' | 'CompleteMultipartUpload';
}

/** One committed object, as stored in its record file. */
export interface ObjectRecord {
  readonly bucket: string;
  readonly key: string;
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly modifiedAt: number;
  /** Content headers and user metadata by lower-case name, to be given back as they came. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
  readonly checksum?: Checksum;
  readonly segments: readonly Segment[];
  /** The multipart upload it was assembled from. */
  readonly uploadId?: string;
  /** Grows with every commit of this store, across restarts; compares as text. */
  readonly sequencer: string;
  readonly eventId: string;
  readonly origin: WriteOrigin;
}

/** A multipart upload under way. */
export interface UploadRecord {
  readonly uploadId: string;
  readonly bucket: string;
  readonly key: string;
  readonly startedAt: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType };
}

/** One part of an upload under way. */
export interface PartRecord {
  readonly number: number;
  readonly blob: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly modifiedAt: number;
  readonly checksum?: Checksum;
}

/** The EventBridge event `Object Created` of S3. */
export interface ObjectCreatedEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': 'Object Created';
  readonly source: 'aws.s3';
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: {
    readonly version: '0';
    readonly bucket: { readonly name: string };
    readonly object: {
      readonly key: string;
      readonly size: number;
      readonly etag: string;
      readonly sequencer: string;
    };
    readonly 'request-id': string;
    readonly requester: string;
    readonly 'source-ip-address': string;
    readonly reason: WriteOrigin['reason'];
  };
}
