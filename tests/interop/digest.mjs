// docs/protocol.md, "The digest, byte by byte".

import { createHmac } from 'node:crypto';

export const DIGEST_BYTES = 16;

export function digest(salt, identifier) {
  return createHmac('sha256', salt).update(identifier, 'ascii').digest().subarray(0, DIGEST_BYTES);
}
