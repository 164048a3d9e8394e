// Helm installs, upgrades, tests and removes the chart, against an API server and a node that are the tests' own: what
// `lookup`, hooks and the order of things do is Helm's, and the programs are the real ones.

import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {chart, helm, objectsOf, run} from './helm.mjs';
import {Cluster} from './node.mjs';
import {Postgres} from './postgres.mjs';

const {SMART_CONTACTSD, SMART_CONTACTS_ADMIN, SMART_CONTACTS} = process.env;
const examples = fileURLToPath(new URL('../../examples', import.meta.url));
const programs = {'/usr/bin/smart-contactsd': SMART_CONTACTSD, '/usr/bin/smart-contacts-admin': SMART_CONTACTS_ADMIN};
const secretNames = ['master-key', 'admin-token', 'token-signing', 'tls'].map((name) => `contacts-smart-contacts-${name}`);

class Operator {
  static async start() {
    const operator = new Operator();
    operator.cluster = await Cluster.start(programs);
    operator.api = operator.cluster.api;
    operator.directory = mkdtempSync(join(tmpdir(), 'smart-contacts-operator-'));
    return operator;
  }

  async stop() {
    rmSync(this.directory, {recursive: true, force: true});
    await this.cluster.stop();
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

  test('keys that were rendered anew are refused, not taken', async () => {
    for (const name of ['master-key', 'token-signing']) {
      const kept = operator.secret(name);
      const rendered = await helm('template', 'contacts', chart, '--namespace', 'phones', '--show-only', `templates/secret-${name}.yaml`);
      const path = join(operator.directory, 'rendered.yaml');
      writeFileSync(path, rendered);
      await assert.rejects(run(fileURLToPath(new URL('node_modules/.tools/kubectl', import.meta.url)),
        ['--server', operator.api.address, '--kubeconfig', '/dev/null', '--namespace', 'phones', 'apply', '--server-side', '--filename', path]),
      ({stderr}) => {
        assert.match(stderr, /field is immutable/);
        return true;
      });
      assert.deepEqual(operator.secret(name), kept);
    }
  });

  test('helm test matches for real', async () => {
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

describe('Production mode, with a PostgreSQL', () => {
  let operator;
  let postgres;
  before(async () => {
    operator = await Operator.start();
    postgres = await Postgres.start();
    for (const statement of [
      "CREATE ROLE smart_contacts_owner LOGIN PASSWORD 'owner secret'", "CREATE ROLE smart_contacts LOGIN PASSWORD 'service secret'",
      'CREATE DATABASE contacts OWNER smart_contacts_owner', 'CREATE DATABASE contacts_keys OWNER smart_contacts_owner']) {
      postgres.sql(statement);
    }
    const uri = (database) => `postgresql://smart_contacts:service%20secret@127.0.0.1:${postgres.port}/${database}`;
    await operator.cluster.addSecret('phones', 'contacts-postgresql', {database: uri('contacts'), 'key-database': uri('contacts_keys')});
    // A certificate for the right names is what the small mode generates.
    const [{data}] = objectsOf(await helm('template', 'contacts', chart, '--namespace', 'phones', '--show-only', 'templates/secret-tls.yaml'));
    await operator.cluster.addSecret('phones', 'contacts-smart-contacts-tls',
      Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64')])));
  });
  after(() => Promise.all([operator?.stop(), postgres?.stop()]));

  const production = ['--set', 'mode=production,postgresql.existingSecret=contacts-postgresql,migration.existingSecret=contacts-owner',
    '--set', 'tls.existingSecret=contacts-smart-contacts-tls,networkPolicy.postgresqlPeers[0].ipBlock.cidr=127.0.0.1/32',
    '--set', 'networkPolicy.appPeers[0].ipBlock.cidr=0.0.0.0/0'];
  // libpq's service file, so that both ways of naming a database are used.
  const owner = (password) => ({
    database: 'service=contacts',
    'key-database': 'service=contacts_keys',
    'pg_service.conf': ['contacts', 'contacts_keys'].map((database) =>
      `[${database}]\nhost=127.0.0.1\nport=${postgres.port}\ndbname=${database}\nuser=smart_contacts_owner\npassword=${password}\n`).join('\n'),
  });

  test('a migration that fails stops the installation before anything is there', async () => {
    await operator.cluster.addSecret('phones', 'contacts-owner', owner('wrong'));
    await assert.rejects(operator.helm('install', ...production), ({stderr}) => {
      assert.match(stderr, /failed pre-install/);
      return true;
    });
    for (const kind of ['Deployment', 'Service', 'ServiceAccount']) assert.deepEqual(operator.api.objects(kind), []);
    // Job and policy are left to be looked at.
    assert.ok(operator.api.get('Job', 'contacts-smart-contacts-migration'));
    await operator.helm('uninstall');
  });

  test('the migration runs first, as the owner, and the server serves what it made', async () => {
    await operator.cluster.removeSecret('phones', 'contacts-owner');
    await operator.cluster.addSecret('phones', 'contacts-owner', owner('owner secret'));
    await operator.helm('install', ...production);
    assert.match(operator.cluster.runs.at(-1).output, /migrated/);
    assert.equal(postgres.sql("SELECT tableowner FROM pg_tables WHERE tablename = 'tenants'", 'contacts').trim(), 'smart_contacts_owner');
    assert.equal(operator.api.get('Job', 'contacts-smart-contacts-migration'), undefined);
    assert.equal(operator.api.get('NetworkPolicy', 'contacts-smart-contacts-migration'), undefined);
    await operator.createAcme();
    await operator.admin('directory', 'import', 'acme', join(examples, 'directory-acme.csv'));
    assert.ok((await operator.match()).includes('sip:103@acme.example'));
  });

  test('an upgrade repeats the migration, which finds nothing to do, and keeps what was generated', async () => {
    const kept = operator.secrets;
    await operator.helm('upgrade', ...production, '--set', 'server.logLevel=debug');
    assert.match(operator.cluster.runs.at(-1).output, /up to date/);
    assert.deepEqual(operator.secrets, kept);
    assert.ok((await operator.match()).includes('sip:103@acme.example'));
  });

  test('an upgrade leaves the number of replicas to the autoscaler, also the one that brings it', async () => {
    const deployment = () => operator.api.get('Deployment', 'contacts-smart-contacts');
    const autoscaling = [...production, '--set', 'autoscaling.enabled=true'];
    assert.equal(deployment().spec.replicas, 2);
    await operator.helm('upgrade', ...autoscaling);
    assert.equal(deployment().spec.replicas, 2);
    await fetch(`${operator.api.address}/apis/apps/v1/namespaces/phones/deployments/${deployment().metadata.name}`, {
      method: 'PATCH', headers: {'content-type': 'application/merge-patch+json'}, body: JSON.stringify({spec: {replicas: 5}})});
    await operator.helm('upgrade', ...autoscaling, '--set', 'server.logLevel=debug');
    assert.equal(deployment().spec.replicas, 5);
  });
});
