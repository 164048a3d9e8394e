// A client that was written from docs/protocol.md alone: the same answers as the reference client's, from the real
// server.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import grpc from '@grpc/grpc-js';
import { ContactsClient, DigestedBook } from './contacts_client.mjs';
import { digest } from './digest.mjs';
import { Normalizer } from './normalization.mjs';
import { Server } from './server.mjs';
import { vcardNumbers } from './vcard_numbers.mjs';

const inRepository = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const BOOK = inRepository('examples/address-book.vcf');
const NUMBERS = vcardNumbers(readFileSync(BOOK));

const TENANTS = [
  { name: 'acme', aor: 'sip:101@acme.example', region: 'DE', outsideLine: '0' },
  { name: 'globex', aor: 'sip:4001@globex.example', region: 'US', outsideLine: '9' },
];

describe('known answers', () => {
  const { vectors } = JSON.parse(readFileSync(inRepository('tests/vectors/digest.json')));
  for (const vector of vectors) {
    test(`${vector.country} ${JSON.stringify(vector.typed)}`, () => {
      const identifiers = new Normalizer(vector.dial_plan).candidates(vector.typed);
      const salt = Buffer.from(vector.salt ?? '', 'hex');
      assert.deepEqual(
        identifiers.map((identifier) => ({ identifier, digest: digest(salt, identifier).toString('hex') })),
        vector.candidates ?? []);
    });
  }
});

describe('against the server', () => {
  let server;
  const clients = [];

  function clientOf(token) {
    const client = new ContactsClient(server.address, token, grpc.credentials.createInsecure());
    clients.push(client);
    return client;
  }

  const pairs = (addresses) =>
    NUMBERS.flatMap((number, i) => addresses[i].map((aor) => `${number} ${aor}`)).sort();

  before(async () => {
    server = await Server.start();
    for (const { name, region, outsideLine } of TENANTS) {
      server.admin('tenant', 'create', name, '--sip-domain', `${name}.example`, '--region', region,
        '--outside-line-prefix', outsideLine, '--extension-pattern', '[1-9][0-9]{1,5}', '--phone-context',
        `${name}.example`);
      server.admin('directory', 'import', name, inRepository(`examples/directory-${name}.csv`));
    }
  });

  after(async () => {
    for (const client of clients) client.close();
    await server?.stop();
  });

  for (const { name, aor } of TENANTS) {
    test(`an account of ${name} finds whom the reference client finds, in one request and in a stream`, async () => {
      const token = server.token(name, aor);
      const expected = server.referenceMatches(BOOK, token).map((match) => `${match.number} ${match.aor}`).sort();
      assert.ok(expected.length > 20);

      const client = clientOf(token);
      const book = new DigestedBook(await client.getPolicy(), NUMBERS);
      const whole = await client.matchContacts({ epoch: book.epoch, digests: book.digests });
      assert.equal(whole.full, true);
      assert.deepEqual(pairs(book.addresses(whole.matches)), expected);

      const answers = await client.matchContactsStream(book.batches(100));
      assert.ok(answers.length > 3);
      assert.deepEqual(pairs(book.addresses(answers.flatMap(({ matches }) => matches))), expected);
    });
  }

  test('a later check tells who came and who left', async () => {
    const client = clientOf(server.token('acme', 'sip:101@acme.example'));
    const book = new DigestedBook(await client.getPolicy(), [...NUMBERS, '+49 30 23125 999']);
    const first = await client.matchContacts({ epoch: book.epoch, digests: book.digests });
    const later = (answer, known) => client.matchContacts({
      epoch: book.epoch, digests: book.digests, since_revision: answer.revision, known_matches: known,
    });

    const nothingNew = await later(first, first.matches);
    assert.equal(nothingNew.full, false);
    assert.deepEqual([nothingNew.matches, nothingNew.revoked_matches], [[], []]);

    const left = first.matches[0].aor;
    server.admin('directory', 'set', 'acme', 'sip:999@acme.example', '--number', '030 23125999');
    server.admin('directory', 'remove', 'acme', left);
    const changed = await later(nothingNew, first.matches);
    assert.deepEqual(changed.matches, [{ index: book.digests.length / 16 - 1, aor: 'sip:999@acme.example' }]);
    assert.deepEqual(changed.revoked_matches, first.matches.filter((match) => match.aor === left));
  });

  test('errors have their reasons', async () => {
    const client = clientOf(server.token('acme', 'sip:101@acme.example'));
    await assert.rejects(
      client.matchContacts({ epoch: 77, digests: Buffer.alloc(16) }),
      { code: grpc.status.FAILED_PRECONDITION, reason: 'EPOCH_UNKNOWN', metadata: { current_epoch: '1' } });
    await assert.rejects(
      client.matchContactsStream([{ epoch: 1, digests: Buffer.alloc(15) }]),
      { code: grpc.status.INVALID_ARGUMENT, reason: 'DIGEST_LENGTH_INVALID' });
    await assert.rejects(
      clientOf('no.token.atall').getPolicy(),
      { code: grpc.status.UNAUTHENTICATED, reason: 'CREDENTIAL_INVALID' });
  });
});
