/** Keeps files loaded, by their digest: versions with the same file share it; the one used longest ago goes first. */
import { embeddingMetadata } from '../contracts/embedding-file.ts';
import { artifactKeys } from '../contracts/keys.ts';
import { internal, sha256 } from '../core/index.ts';
import { createSession, type ModelSession, readMetadata } from '../onnx/index.ts';
import type { ObjectStore } from '../storage/index.ts';
import { createShared, type Shared } from './shared.ts';

/** A file that is loaded. */
export interface PooledSession {
  readonly session: ModelSession;
  /** The tokenizer in its metadata, as JSON; null for models that take no texts. */
  readonly tokenizerFile: Uint8Array | null;
  /** Held for whoever asked, who lets it go. */
  readonly shared: Shared;
}

/** What the pool needs, and the sum of file sizes that it may keep. */
export interface SessionPoolOptions {
  readonly artifacts: ObjectStore;
  readonly maxBytes: number;
}

/** Sessions by digest. */
export interface SessionPool {
  /**
   * The session of a file, loaded once however many ask.
   *
   * @throws internal `artifact_damaged` when the file is missing or not the one that was published
   */
  open(digest: string): Promise<PooledSession>;
  /** Notes that the session is used now; false if the pool does not keep it, or no longer. */
  touch(digest: string): boolean;
  /** Lets go of the sessions used longest ago until the others fit, and gives their digests. */
  evict(): readonly string[];
}

interface Entry {
  readonly opened: Promise<Omit<PooledSession, 'shared'>>;
  readonly shared: Shared;
  /** 0 until it is loaded: what it replaces stays until then. */
  sizeBytes: number;
}

/** A pool over one artifact bucket. */
export function createSessionPool({ artifacts, maxBytes }: SessionPoolOptions): SessionPool {
  // Order is age of last use.
  const entries = new Map<string, Entry>();
  let newest = '';

  const touch = (digest: string): boolean => {
    const entry = entries.get(digest);
    if (!entry) return false;
    if (newest === digest) return true;
    entries.delete(digest);
    entries.set(digest, entry);
    newest = digest;
    return true;
  };

  const load = async (digest: string): Promise<Omit<PooledSession, 'shared'>> => {
    const artifact = await artifacts.get(artifactKeys.artifact(digest));
    if (!artifact || sha256(artifact.body) !== digest) {
      throw internal(`The model file ${digest} is missing or damaged.`, { code: 'artifact_damaged' });
    }
    const session = await createSession(artifact.body);
    const entry = entries.get(digest);
    if (entry) entry.sizeBytes = artifact.body.length;
    return { session, tokenizerFile: readMetadata(artifact.body, embeddingMetadata.tokenizer) };
  };

  const start = (digest: string): Entry => {
    const opened = load(digest);
    const shared = createShared(async () => (await opened).session.release());
    const entry = { opened, shared, sizeBytes: 0 };
    entries.set(digest, entry);
    newest = digest;
    return entry;
  };

  return {
    touch,
    open: async (digest) => {
      const entry = entries.get(digest) ?? start(digest);
      touch(digest);
      entry.shared.retain();
      try {
        return { ...(await entry.opened), shared: entry.shared };
      } catch (error) {
        // A failure is not kept: the next one who asks tries again.
        if (entries.get(digest) === entry) entries.delete(digest);
        throw error;
      }
    },
    evict: () => {
      const gone: string[] = [];
      let total = 0;
      for (const { sizeBytes } of entries.values()) total += sizeBytes;
      for (const [digest, { sizeBytes, shared }] of entries) {
        if (total <= maxBytes || entries.size === 1) break;
        // Still loading: it has no size yet, and somebody waits for it.
        if (sizeBytes === 0) continue;
        entries.delete(digest);
        shared.release();
        total -= sizeBytes;
        gone.push(digest);
      }
      return gone;
    },
  };
}
