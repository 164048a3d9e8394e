// A private match by a client that was written from docs/private-mode.md alone, with another party's OPRF: the same
// answers as the reference client's plain match, from the real server.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import grpc from '@grpc/grpc-js';
import { ContactsClient } from './contacts_client.mjs';
import { Normalizer } from './normalization.mjs';
import { addressesOf, bucketOf, evaluate, locatorOf, probablyThere, readPart } from './private_client.mjs';
import { Server } from './server.mjs';
import { vcardNumbers } from './vcard_numbers.mjs';

const inRepository = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const BOOK = inRepository('examples/address-book.vcf');

describe('a private match', () => {
  let server;
  let client;
  let policy;
  let identifiers;  // each once
  let outputs;
  let expected;

  const sealedPart = async (part, asked = {}) => readPart(
    await client.getSealedDirectory({ epoch: policy.epoch.number, [part]: asked }),
    { part, epoch: policy.epoch.number, ...asked }, policy.private_match.directory_public_key);

  const pairs = (addresses) => identifiers.flatMap((identifier, i) => addresses[i].map((aor) => `${identifier} ${aor}`)).sort();

  // The directory is sealed in the background.
  async function whenSealed(call) {
    for (let attempt = 0; ; ++attempt) {
      try {
        return await call();
      } catch (error) {
        if (error.reason !== 'SERVICE_UNAVAILABLE' || attempt === 100) throw error;
        await new Promise((resolve) => { setTimeout(resolve, 100); });
      }
    }
  }

  before(async () => {
    server = await Server.start();
    server.admin('tenant', 'create', 'acme', '--sip-domain', 'acme.example', '--region', 'DE', '--outside-line-prefix', '0',
      '--extension-pattern', '[1-9][0-9]{1,5}', '--phone-context', 'acme.example', '--private-mode', 'offered');
    server.admin('directory', 'import', 'acme', inRepository('examples/directory-acme.csv'));
    const token = server.token('acme', 'sip:101@acme.example');
    client = new ContactsClient(server.address, token, grpc.credentials.createInsecure());
    policy = await client.getPolicy();
    const normalizer = new Normalizer(policy.dial_plan);
    identifiers = [...new Set(vcardNumbers(readFileSync(BOOK)).flatMap((typed) => normalizer.candidates(typed)))];
    expected = [...new Set(server.referenceMatches(BOOK, token).map((match) => `${match.identifier} ${match.aor}`))].sort();
    assert.ok(expected.length > 20);
  });

  after(async () => {
    client?.close();
    await server?.stop();
  });

  test('finds whom the plain mode finds, in the whole directory', async () => {
    const { header, entries } = await whenSealed(() => sealedPart('whole'));
    assert.equal(header.entry_count % 256, 0);
    assert.equal(entries.length, header.entry_count * header.entry_size);
    outputs = await evaluate(identifiers, header.public_key, async (elements) => {
      const answer = await client.evaluateBlinded({ epoch: policy.epoch.number, blinded_elements: elements });
      assert.deepEqual(answer.public_key, header.public_key);
      return answer;
    });
    assert.deepEqual(pairs(addressesOf(outputs, entries, header.entry_size)), expected);
  });

  test('finds them with the filter and the buckets of its hits', async () => {
    const { header, filter } = await sealedPart('filter');
    const there = probablyThere(filter, outputs.map(locatorOf));
    const buckets = [...new Set(there.map((locator) => bucketOf(locator, header.bucket_bits)))].sort((a, b) => a - b);
    const { entries } = await sealedPart('buckets', { buckets, revision: header.revision });
    assert.deepEqual(pairs(addressesOf(outputs, entries, header.entry_size)), expected);
    assert.ok(there.length < outputs.length, 'the filter says no to those who are not there');
  });

  test('sees in the changes who came and who went, without an evaluation', async () => {
    const { header: { revision } } = await sealedPart('filter');
    const [gone] = expected;
    const [identifier, aor] = gone.split(' ');
    server.admin('directory', 'remove', 'acme', aor);
    const changes = await whenSealed(async () => {
      const part = await sealedPart('changes', { since_revision: revision });
      if (part.header.revision === revision) throw Object.assign(new Error('not yet'), { reason: 'SERVICE_UNAVAILABLE' });
      return part;
    });
    const removed = changes.removed.toString('hex');
    assert.ok(removed.includes(locatorOf(outputs[identifiers.indexOf(identifier)]).toString('hex')));
    assert.deepEqual(pairs(addressesOf(outputs, changes.entries, changes.header.entry_size)).filter((pair) => pair === gone), []);
  });

  test('is refused an element that is none', async () => {
    await assert.rejects(
      client.evaluateBlinded({ epoch: policy.epoch.number, blinded_elements: Buffer.alloc(32, 0xff) }),
      { code: grpc.status.INVALID_ARGUMENT, reason: 'ELEMENT_INVALID' });
    await assert.rejects(
      client.evaluateBlinded({ epoch: policy.epoch.number, blinded_elements: Buffer.alloc(32) }),
      { code: grpc.status.INVALID_ARGUMENT, reason: 'ELEMENT_INVALID' });
  });
});
