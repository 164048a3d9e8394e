// The private mode: docs/private-mode.md, with another party's implementation of RFC 9497.

import { createDecipheriv, createHash, createHmac, createPublicKey, verify } from 'node:crypto';
import { DLEQProof, Evaluation, Oprf, VOPRFClient } from '@cloudflare/voprf-ts';
import { CryptoNoble } from '@cloudflare/voprf-ts/crypto-noble';

const SUITE = Oprf.Suite.RISTRETTO255_SHA512;
const ELEMENT_BYTES = 32;
const LOCATOR_BYTES = 16;
const VERSION_BYTES = 8;
const TAG_BYTES = 16;
const MATCHES_MAX = 32;
const PARTS = { whole: 1, buckets: 2, filter: 3, changes: 4 };
// An Ed25519 key as SubjectPublicKeyInfo (RFC 8410), but for its 32 bytes.
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

const number = (value, bytes) => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(BigInt(value));
  return buffer.subarray(8 - bytes);
};

// ---- 1. Evaluate ----

const group = Oprf.getGroup(SUITE, CryptoNoble);

// `evaluate`: sends { blinded_elements } and returns the answer. Outputs in the order of `identifiers`.
export async function evaluate(identifiers, publicKey, evaluateBatch) {
  const client = new VOPRFClient(SUITE, publicKey, CryptoNoble);
  const [finalizeData, request] = await client.blind(identifiers.map((text) => Buffer.from(text, 'ascii')));
  const answer = await evaluateBatch(Buffer.concat(request.blinded.map((element) => element.serialize())));
  const evaluated = [];
  for (let i = 0; i < answer.evaluated_elements.length; i += ELEMENT_BYTES) {
    evaluated.push(group.desElt(answer.evaluated_elements.subarray(i, i + ELEMENT_BYTES)));
  }
  const proof = DLEQProof.deserialize(group.id, answer.proof, CryptoNoble);
  // Throws if the proof does not hold.
  return client.finalize(finalizeData, new Evaluation(Oprf.Mode.VOPRF, evaluated, proof));
}

// ---- 2. Derive ----

const expand = (output, info, ...more) =>
  createHmac('sha512', output).update(info, 'ascii').update(Buffer.concat([...more, Buffer.from([1])])).digest();

export const locatorOf = (output) =>
  expand(output, 'smart-contacts/sealed-directory/locator/v1').subarray(0, LOCATOR_BYTES);

const labelKey = (output, version) =>
  expand(output, 'smart-contacts/sealed-directory/label-key/v1', version).subarray(0, 32);

// ---- 3. Fetch ----

// Checks what GetSealedDirectory answered, an array of messages, and puts the content together. `asked`: { part, epoch,
// since_revision, buckets }.
export function readPart(messages, asked, directoryKey) {
  const [{ header }, ...chunks] = messages;
  const content = (name) => Buffer.concat(chunks.map(({ chunk }) => chunk[name]));
  const part = { header, removed: content('removed_locators'), entries: content('entries'), filter: content('filter') };
  const hash = createHash('sha256').update(part.removed).update(part.entries).update(part.filter).digest();
  const buckets = asked.buckets ?? [];
  const signed = Buffer.concat([
    Buffer.from('smart-contacts sealed directory v1\0', 'ascii'),
    number(PARTS[asked.part], 4), number(asked.epoch, 8), number(header.revision, 8),
    number(asked.since_revision ?? 0, 8), number(header.entry_count, 8), number(header.entry_size, 4),
    number(header.bucket_bits, 4), header.public_key, hash, number(buckets.length, 4),
    ...buckets.map((bucket) => number(bucket, 4))]);
  const key = createPublicKey({ key: Buffer.concat([ED25519_PREFIX, directoryKey]), format: 'der', type: 'spki' });
  if (!verify(null, signed, key, header.signature)) throw new Error('not the part that was asked for, or not signed');
  return part;
}

// The values of a filter, in ascending order, and the number of bits of each.
function filterValues(filter) {
  const count = filter.readUInt32BE(0);
  const rice = filter[4];
  let position = 5 * 8;
  const bit = () => (filter[position >> 3] >> (7 - (position++ & 7))) & 1;
  const values = [];
  let value = 0n;
  for (let i = 0; i < count; ++i) {
    let quotient = 0n;
    while (bit() === 1) ++quotient;
    let rest = 0n;
    for (let j = 0; j < rice; ++j) rest = (rest << 1n) | BigInt(bit());
    value += (quotient << BigInt(rice)) | rest;
    values.push(value);
  }
  return { values: new Set(values), range: BigInt(count) << BigInt(rice) };
}

// Those of `locators` that are probably in the directory.
export function probablyThere(filter, locators) {
  const { values, range } = filterValues(filter);
  return locators.filter((locator) => values.has((locator.readBigUInt64BE(0) * range) >> 64n));
}

export const bucketOf = (locator, bits) => (bits === 0 ? 0 : locator.readUInt32BE(0) >>> (32 - bits));

// ---- 4. Open ----

function open(output, entry) {
  const version = entry.subarray(LOCATOR_BYTES, LOCATOR_BYTES + VERSION_BYTES);
  const decipher = createDecipheriv('chacha20-poly1305', labelKey(output, version), Buffer.alloc(12),
    { authTagLength: TAG_BYTES });
  decipher.setAAD(entry.subarray(0, LOCATOR_BYTES + VERSION_BYTES),
    { plaintextLength: entry.length - LOCATOR_BYTES - VERSION_BYTES - TAG_BYTES });
  decipher.setAuthTag(entry.subarray(entry.length - TAG_BYTES));
  const label = Buffer.concat([
    decipher.update(entry.subarray(LOCATOR_BYTES + VERSION_BYTES, entry.length - TAG_BYTES)), decipher.final()]);
  return label.subarray(2, 2 + label.readUInt16BE(0)).toString('utf8');
}

// The addresses of record under each of `outputs`, an array of arrays.
export function addressesOf(outputs, entries, entrySize) {
  const byLocator = new Map();
  for (let i = 0; i < entries.length; i += entrySize) {
    const entry = entries.subarray(i, i + entrySize);
    const locator = entry.toString('hex', 0, LOCATOR_BYTES);
    byLocator.set(locator, [...(byLocator.get(locator) ?? []), entry]);
  }
  return outputs.map((output) => (byLocator.get(locatorOf(output).toString('hex')) ?? [])
    .map((entry) => open(output, entry)).sort().slice(0, MATCHES_MAX));
}
