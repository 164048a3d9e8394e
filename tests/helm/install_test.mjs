// Helm installs, upgrades, tests and removes the chart, against an API server and a node that are the tests' own: what
// `lookup`, hooks and the order of things do is Helm's, and the programs are the real ones.

import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {chart, helm, run} from './helm.mjs';
import {Cluster} from './node.mjs';
import {pending} from './pending.mjs';

const {SMART_CONTACTSD, SMART_CONTACTS_ADMIN, SMART_CONTACTS} = process.env;
const examples = fileURLToPath(new URL('../../examples', import.meta.url));
const programs = {'smart-contactsd': SMART_CONTACTSD, 'smart-contacts-admin': SMART_CONTACTS_ADMIN};
const without = [...pending].filter((flag) => flag.startsWith('smart-contactsd ')).map((flag) => flag.split(' ').at(-1));
const secretNames = ['master-key', 'admin-token', 'token-signing', 'tls'].map((name) => `contacts-smart-contacts-${name}`);

class Operator {
  static async start() {
    const operator = new Operator();
    operator.cluster = await Cluster.start(programs, without);
    operator.api = operator.cluster.api;
    operator.directory = mkdtempSync(join(tmpdir(), 'smart-contacts-operator-'));
    return operator;
  }

  async stop() {
    await this.cluster.stop();
    rmSync(this.directory, {recursive: true, force: true});
  }

  helm(command, ...args) {
    const rollout = ['install', 'upgrade'].includes(command) ? [chart, '--wait', '--timeout', '60s'] : [];
    return helm('--kube-apiserver', this.api.address, '--kubeconfig', '/dev/null', '--namespace', 'phones', command, 'contacts', ...rollout, ...args);
  }

  secret(name) {
    return this.api.get('Secret', `contacts-smart-contacts-${name}`)?.data;
  }

  // A file with what is in a Secret, as the operator copies it.
  file(secret, key) {
    const path = join(this.directory, key);
    writeFileSync(path, Buffer.from(this.secret(secret)[key], 'base64'), {mode: 0o600});
    return path;
  }

  async admin(...command) {
    const {stdout} = await run(SMART_CONTACTS_ADMIN, [...command, '--server', await this.cluster.address('contacts-smart-contacts-admin', 8444),
      '--admin-token-file', this.file('admin-token', 'admin.token'), '--ca-file', this.file('tls', 'ca.crt')]);
    return stdout;
  }

  // The SIP addresses that an app of the account is shown for the example's address book.
  async match() {
    const {stdout: token} = await run(SMART_CONTACTS_ADMIN, ['token', 'mint', '--key-file', this.file('token-signing', 'signing-key.jwk'),
      '--tenant', 'acme', '--aor', 'sip:101@acme.example']);
    writeFileSync(join(this.directory, 'token'), token);
    const {stdout} = await run(SMART_CONTACTS, ['match', join(examples, 'address-book.vcf'), '--token-file', join(this.directory, 'token'),
      '--server', await this.cluster.address('contacts-smart-contacts', 8443), '--ca-file', this.file('tls', 'ca.crt')]);
    return stdout.match(/sip:\d+@acme\.example/g) ?? [];
  }

  async createAcme() {
    await this.admin('tenant', 'create', 'acme', '--sip-domain', 'acme.example', '--region', 'DE', '--outside-line-prefix', '0',
      '--extension-pattern', '[1-9][0-9]{1,5}', '--phone-context', 'acme.example');
  }

  get secrets() {
    return Object.fromEntries(secretNames.map((name) => [name, this.api.get('Secret', name)?.data]));
  }
}

describe('Small mode, from installing to removing', () => {
  let operator;
  before(async () => {
    operator = await Operator.start();
  });
  after(() => operator.stop());

  const withJobs = ['--set', 'directorySync.enabled=true,directorySync.volume.persistentVolumeClaim.claimName=pbx',
    '--set', 'directorySync.tenants[0].tenant=acme,directorySync.tenants[0].file=directory-acme.csv',
    '--set', 'purge.enabled=true,purge.tenants={acme}'];

  test('helm install ends when the server is ready, and says what to do next', async () => {
    const output = await operator.helm('install', ...withJobs);
    assert.match(output, /STATUS: deployed/);
    assert.match(output, /BACK UP THE MASTER KEY NOW/);
    for (const [name, data] of Object.entries(operator.secrets)) assert.ok(data, name);
  });

  test('the CronJob imports the directory that the PBX has written', async () => {
    await operator.createAcme();
    writeFileSync(join(operator.cluster.claim('pbx'), 'directory-acme.csv'), readFileSync(join(examples, 'directory-acme.csv')));
    const {code, output} = await operator.cluster.runCronJob('contacts-smart-contacts-sync-acme');
    assert.equal(code, 0, output);
    assert.match(output, /imported: 244 added/);
  });

  test('an app matches with a token of the generated key, over the generated certificate', async () => {
    assert.ok((await operator.match()).includes('sip:103@acme.example'));
  });

  test('the CronJob purges', async () => {
    const {code, output} = await operator.cluster.runCronJob('contacts-smart-contacts-purge-acme');
    assert.equal(code, 0, output);
    assert.match(output, /receipt|statement/i);
  });

  test('an upgrade keeps the generated secrets and the data', async () => {
    const kept = operator.secrets;
    const matched = await operator.match();
    await operator.helm('upgrade', ...withJobs, '--set', 'server.logLevel=debug');
    assert.deepEqual(operator.secrets, kept);
    assert.deepEqual(await operator.match(), matched);
  });

  test('a secret that the operator has changed stays changed', async () => {
    const object = operator.api.get('Secret', 'contacts-smart-contacts-admin-token');
    const token = Buffer.from('a-token-of-the-operator-with-32-characters').toString('base64');
    await fetch(`${operator.api.address}/api/v1/namespaces/phones/secrets/${object.metadata.name}`, {
      method: 'PATCH', headers: {'content-type': 'application/merge-patch+json'}, body: JSON.stringify({data: {'admin.token': token}})});
    await operator.helm('upgrade', ...withJobs);
    assert.equal(operator.secret('admin-token')['admin.token'], token);
  });

  test('a master key that was rendered anew is refused, not taken', async () => {
    const kept = operator.secret('master-key');
    const rendered = await helm('template', 'contacts', chart, '--namespace', 'phones', '--show-only', 'templates/secret-master-key.yaml');
    const path = join(operator.directory, 'rendered.yaml');
    writeFileSync(path, rendered);
    await assert.rejects(run(fileURLToPath(new URL('node_modules/.tools/kubectl', import.meta.url)),
      ['--server', operator.api.address, '--kubeconfig', '/dev/null', '--namespace', 'phones', 'apply', '--server-side', '--filename', path]),
    ({stderr}) => {
      assert.match(stderr, /field is immutable/);
      return true;
    });
    assert.deepEqual(operator.secret('master-key'), kept);
  });

  test('helm test matches for real', {todo: pending.has('smart-contacts-admin smoke-test --server') && 'smoke-test is not there yet'}, async () => {
    assert.match(await operator.helm('test', '--logs'), /Phase: +Succeeded/);
  });

  test('what was removed is found again by the next installation: secrets and data', async () => {
    const kept = operator.secrets;
    const matched = await operator.match();
    await operator.helm('uninstall');
    assert.deepEqual(operator.secrets, kept);
    assert.ok(operator.api.get('PersistentVolumeClaim', 'contacts-smart-contacts'));
    assert.equal(operator.api.objects('Deployment').length, 0);
    await operator.helm('install', ...withJobs);
    assert.deepEqual(operator.secrets, kept);
    assert.deepEqual(await operator.match(), matched);
  });
});
