// What the chart renders: valid, secure, and with flags that the programs have.

import assert from 'node:assert/strict';
import {X509Certificate, createPrivateKey, createPublicKey, sign, verify} from 'node:crypto';
import {mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {parse} from 'yaml';
import {check as readmeCheck} from './chart_readme.mjs';
import {chart, helm, objectsOf, render, run, values} from './helm.mjs';
import {mistakes} from './kubernetes_schema.mjs';

const matrix = {
  'small, all defaults': [],
  small: values('small'),
  production: values('production'),
  everything: values('everything'),
  nothing: values('nothing'),
  'small, everything that it can have': [
    '--set-json', 'networkPolicy.appPeers=[{"podSelector":{}}]', '--set-json', 'networkPolicy.metricsPeers=[{"podSelector":{}}]',
    '--set', 'ingress.enabled=true,ingress.hosts={contacts.example.com},serviceMonitor.enabled=true',
    '--set', 'prometheusRule.enabled=true,prometheusRule.runbookUrl=https://wiki.example/runbook,grafanaDashboard.enabled=true,purge.enabled=true,purge.tenants={acme}',
    '--set', 'directorySync.enabled=true,directorySync.volume.persistentVolumeClaim.claimName=pbx',
    '--set', 'directorySync.tenants[0].tenant=acme,directorySync.tenants[0].file=acme.csv',
    '--set', 'persistence.storageClassName=fast'],
};
const rendered = {};
before(async () => {
  await Promise.all(Object.entries(matrix).map(async ([name, args]) => {
    rendered[name] = await render(...args);
  }));
});

const each = (body) => {
  for (const name of Object.keys(matrix)) body(name, rendered[name]);
};
const find = (objects, kind, name) => {
  const found = objects.filter((object) => object.kind === kind && (!name || object.metadata.name === name));
  assert.equal(found.length, 1, `${kind} ${name ?? ''}`);
  return found[0];
};
// [what it is of, template] of each Pod that comes of an object.
const podsOf = (objects) => objects.flatMap((object) => {
  const template = object.kind === 'Pod' ? object : object.spec?.jobTemplate?.spec.template ?? object.spec?.template;
  return ['Pod', 'Deployment', 'Job', 'CronJob'].includes(object.kind) ? [[`${object.kind} ${object.metadata.name}`, template]] : [];
});
const text = (secret, key) => Buffer.from(secret.data[key], 'base64').toString();

describe('Rendering', () => {
  for (const name of ['small', 'production', 'everything', 'nothing']) {
    test(`helm lint --strict has nothing against ${name}`, async () => {
      await helm('lint', '--strict', '--quiet', chart, ...values(name));
    });
  }

  test('every object is as Kubernetes has it, with no unknown field', () => {
    each((name, objects) => {
      assert.ok(objects.length > 3);
      for (const object of objects) {
        assert.deepEqual(mistakes(object), [], `${name}: ${object.kind} ${object.metadata.name}`);
      }
    });
  });

  test('an unknown field would be noticed wherever it stands', () => {
    const maps = new Set(['labels', 'annotations', 'matchLabels', 'nodeSelector', 'data', 'Service selector']);
    const inner = (kind, value, key) =>
      typeof value !== 'object' || value === null || maps.has(key) || maps.has(`${kind} ${key}`) ? [] :
        [...Array.isArray(value) ? [] : [value], ...Object.entries(value).flatMap(([name, field]) => inner(kind, field, name))];
    let count = 0;
    for (const object of rendered.everything) {
      for (const part of inner(object.kind, object)) {
        part.unknownField = 'x';
        assert.notDeepEqual(mistakes(object), [], `in ${JSON.stringify(part)} of ${object.kind}`);
        delete part.unknownField;
        ++count;
      }
    }
    assert.ok(count > 100);
  });

  test('a wrong type and a missing field would be noticed', () => {
    const deployment = structuredClone(find(rendered.everything, 'Deployment'));
    deployment.spec.template.spec.terminationGracePeriodSeconds = 'long';
    delete deployment.spec.selector;
    assert.equal(mistakes(deployment).length, 2);
  });

  test('every object carries the common labels and no namespace', () => {
    each((name, objects) => {
      for (const {kind, metadata} of objects) {
        for (const label of ['name', 'instance', 'version', 'managed-by']) {
          assert.ok(metadata.labels[`app.kubernetes.io/${label}`], `${name}: ${kind} ${metadata.name}: ${label}`);
        }
        assert.equal(metadata.namespace, undefined);
      }
    });
  });

  test('names are short enough and different', () => {
    each((name, objects) => {
      const names = objects.map(({kind, metadata}) => `${kind}/${metadata.name}`);
      assert.equal(new Set(names).size, names.length, name);
      for (const {kind, metadata} of objects) assert.ok(metadata.name.length <= (kind === 'CronJob' ? 52 : 63), metadata.name);
    });
  });

  test('everything on has every kind of object', () => {
    const kinds = new Set(rendered.everything.map(({kind}) => kind));
    assert.deepEqual([...kinds].sort(), [
      'Certificate', 'ConfigMap', 'CronJob', 'Deployment', 'HorizontalPodAutoscaler', 'Ingress', 'Job', 'NetworkPolicy', 'Pod',
      'PodDisruptionBudget', 'PrometheusRule', 'Secret', 'Service', 'ServiceAccount', 'ServiceMonitor']);
    assert.deepEqual([...new Set(rendered.nothing.map(({kind}) => kind))].sort(), ['Deployment', 'Service', 'ServiceAccount']);
  });

  test('the version is the program\'s, and README.md is what the values say', () => {
    const version = readFileSync(new URL('../../VERSION', import.meta.url), 'utf8').trim();
    assert.equal(parse(readFileSync(join(chart, 'Chart.yaml'), 'utf8')).appVersion, version);
    assert.equal(readmeCheck(), '');
  });
});

describe('Security', () => {
  test('every Pod is restricted', () => {
    let count = 0;
    each((name, objects) => {
      for (const [of, {spec}] of podsOf(objects)) {
        const what = `${name}: ${of}`;
        assert.equal(spec.automountServiceAccountToken, false, what);
        assert.equal(spec.enableServiceLinks, false, what);
        assert.equal(spec.securityContext.runAsNonRoot, true, what);
        assert.ok(spec.securityContext.runAsUser > 0, what);
        assert.deepEqual(spec.securityContext.seccompProfile, {type: 'RuntimeDefault'}, what);
        for (const field of ['hostNetwork', 'hostPID', 'hostIPC', 'initContainers', 'ephemeralContainers']) {
          assert.equal(spec[field], undefined, what);
        }
        for (const volume of spec.volumes) assert.equal(volume.hostPath, undefined, what);
        for (const container of spec.containers) {
          assert.deepEqual(container.securityContext,
            {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: ['ALL']}}, what);
          assert.ok(container.resources.requests.memory && container.resources.limits.memory, what);
          for (const port of container.ports ?? []) assert.equal(port.hostPort, undefined, what);
          for (const mount of container.volumeMounts) {
            assert.ok(mount.readOnly || mount.mountPath === '/var/lib/smart-contacts', `${what}: ${mount.mountPath}`);
          }
        }
        ++count;
      }
    });
    assert.ok(count > 15);
  });

  test('no token of Kubernetes is made', () => {
    each((_, objects) => assert.equal(find(objects, 'ServiceAccount').automountServiceAccountToken, false));
  });

  test('secrets are in Secrets only', () => {
    each((name, objects) => {
      const secrets = objects.filter(({kind}) => kind === 'Secret')
        .flatMap((secret) => Object.values(secret.data).flatMap((value) => [value, Buffer.from(value, 'base64').toString().trim()]));
      const rest = JSON.stringify(objects.filter(({kind}) => kind !== 'Secret'));
      for (const secret of secrets) assert.ok(!rest.includes(JSON.stringify(secret).slice(1, -1)), name);
      for (const [of, {spec}] of podsOf(objects)) {
        for (const {name: variable, value} of spec.containers.flatMap(({env}) => env ?? [])) {
          assert.ok(value === undefined || ['PGSERVICEFILE', 'PGAPPNAME'].includes(variable), `${of}: ${variable}`);
        }
      }
    });
  });

  test('a Pod is given no more of a Secret than it needs', () => {
    const secretsOf = (objects, name) => podsOf(objects).filter(([of]) => of.endsWith(name)).flatMap(([, {spec}]) =>
      spec.volumes.flatMap(({secret}) => secret ? secret.items?.map(({key}) => key) ?? [secret.secretName] : [])).sort();
    const objects = rendered.everything;
    assert.deepEqual(secretsOf(objects, 'Deployment contacts'),
      ['admin.token', 'contacts-postgresql', 'jwks.json', 'master.key', 'tls.crt', 'tls.key']);
    assert.deepEqual(secretsOf(objects, 'contacts-migration'), ['contacts-postgresql-owner']);
    assert.deepEqual(secretsOf(objects, 'contacts-sync-acme'), ['admin.token', 'ca.crt']);
    assert.deepEqual(secretsOf(objects, 'contacts-purge-acme'), ['admin.token', 'ca.crt']);
    assert.deepEqual(secretsOf(objects, 'smoke-test'), ['admin.token', 'ca.crt', 'signing-key.jwk']);
  });

  test('no Pod waits for a ca.crt that there is not', async () => {
    const everything = await render(...values('everything'), '--set', 'tls.trustCaCrt=false');
    const production = [...values('production'), '--set', 'tls.certManager.enabled=false,tls.existingSecret=contacts-tls,tls.trustCaCrt=false'];
    for (const objects of [everything, await render(...production)]) {
      assert.ok(podsOf(objects).some(([of]) => of.endsWith('smoke-test')));
      for (const [of, {spec}] of podsOf(objects)) assert.doesNotMatch(JSON.stringify(spec), /ca\.crt/, of);
    }
    // The one that the chart makes is there.
    const small = podsOf(await render('--set', 'tls.trustCaCrt=false')).find(([of]) => of.endsWith('smoke-test'));
    assert.match(JSON.stringify(small), /ca\.crt/);
  });

  test('the Ingress leads to the apps\' port alone', () => {
    let count = 0;
    each((_, objects) => {
      for (const {spec} of objects.filter(({kind}) => kind === 'Ingress')) {
        assert.equal(spec.defaultBackend, undefined);
        for (const {backend} of spec.rules.flatMap(({http}) => http.paths)) {
          const service = find(objects, 'Service', backend.service.name);
          assert.deepEqual(service.spec.ports.map(({targetPort}) => targetPort), ['app']);
          ++count;
        }
      }
    });
    assert.ok(count > 2);
  });

  test('administration and metrics stay within the cluster', () => {
    each((name, objects) => {
      for (const service of objects.filter(({kind}) => kind === 'Service')) {
        if (service.spec.ports.some(({targetPort}) => targetPort !== 'app')) {
          assert.equal(service.spec.type, 'ClusterIP', name);
          assert.equal(service.spec.externalIPs, undefined, name);
        }
      }
    });
  });

  test('nothing is let in or out that is not named', () => {
    let count = 0;
    each((name, objects) => {
      const policies = objects.filter(({kind}) => kind === 'NetworkPolicy');
      if (name === 'nothing') return assert.equal(policies.length, 0);
      const all = policies.find(({metadata}) => metadata.name.endsWith('-default-deny'));
      assert.deepEqual(all.spec.policyTypes, ['Ingress', 'Egress']);
      assert.equal(all.spec.ingress ?? all.spec.egress, undefined);
      for (const [of, {metadata}] of podsOf(objects)) {
        for (const [label, value] of Object.entries(all.spec.podSelector.matchLabels)) {
          assert.equal(metadata.labels[label], value, `${name}: ${of} is not covered`);
        }
      }
      for (const {spec, metadata} of policies) {
        for (const rule of [...spec.ingress ?? [], ...spec.egress ?? []]) {
          const peers = rule.from ?? rule.to;
          assert.ok(peers?.length > 0 && rule.ports?.length > 0, `${name}: ${metadata.name} has a rule for everybody`);
          assert.ok(peers.every((peer) => Object.keys(peer).length > 0));
          ++count;
        }
      }
    });
    assert.ok(count > 20);
  });

  test('Jobs and the test may call the server, and the server lets them in', () => {
    const selects = ({matchLabels = {}, matchExpressions = []}, labels) =>
      Object.entries(matchLabels).every(([label, value]) => labels[label] === value) &&
      matchExpressions.every(({key, operator, values: named}) => operator === 'In' && named.includes(labels[key]));
    const objects = rendered.everything;
    const server = find(objects, 'Deployment').spec.template.metadata.labels;
    const ports = {'--server': 8444, '--app-server': 8443};
    let count = 0;
    for (const [of, {metadata: {labels}, spec}] of podsOf(objects)) {
      const policies = objects.filter((object) => object.kind === 'NetworkPolicy').map((policy) => policy.spec);
      for (const [flag, port] of Object.entries(ports)) {
        if (!spec.containers[0].args.some((argument) => argument.startsWith(`${flag}=`))) continue;
        const allowed = (rules, end, peer) => (rules ?? []).some((rule) => rule.ports.some((entry) => entry.port === port) &&
          rule[end].some(({podSelector}) => podSelector && selects(podSelector, peer)));
        assert.ok(policies.some(({podSelector, egress}) => selects(podSelector, labels) && allowed(egress, 'to', server)), `${of} out to ${port}`);
        assert.ok(policies.some(({podSelector, ingress}) => selects(podSelector, server) && allowed(ingress, 'from', labels)), `${of} in to ${port}`);
        ++count;
      }
    }
    assert.equal(count, 6);
  });

  test('metrics are only let out to who is named', () => {
    const ports = (objects, name) => find(objects, 'NetworkPolicy', name).spec.ingress.flatMap((rule) => rule.ports.map(({port}) => port));
    assert.deepEqual(ports(rendered.small, 'demo-smart-contacts-server'), [8443, 8444]);
    assert.deepEqual(ports(rendered.everything, 'contacts-server'), [8443, 8444, 9464]);
    assert.equal(find(rendered.small, 'NetworkPolicy', 'demo-smart-contacts-server').spec.egress, undefined);
  });
});

describe('The notes', () => {
  const notes = async (...args) => (await helm('install', 'demo', chart, '--dry-run=client', '--namespace', 'phones', ...args)).split('NOTES:')[1];

  test('never have the token of administration sent in the clear', async () => {
    const lines = (text) => text.replaceAll('\\\n', '').split('\n').filter((line) => line.includes('--admin-token-file'));
    const system = ['--set', 'tls.trustCaCrt=false'];
    for (const [args, file] of [[[], 'ca.crt'], [values('production'), 'ca.crt'], [values('nothing'), '/etc/ssl/certs/ca-certificates.crt'],
      [[...values('production'), ...system], '/etc/ssl/certs/ca-certificates.crt']]) {
      const text = await notes(...args);
      const commands = lines(text);
      assert.equal(commands.length, 1);
      assert.equal(commands[0].match(/ --ca-file (\S+)$/)?.[1], file);
      assert.equal(text.includes('> ca.crt'), file === 'ca.crt');
    }
  });

  test('keep files with secrets from others', async () => {
    const written = (await notes()).replaceAll('\\\n', '').split('\n').filter((line) => />\s*\S+\.(token|key|jwk)/.test(line));
    assert.deepEqual(written.map((line) => line.match(/> (\S+?)\)?$/)[1]), ['admin.token', 'master.key']);
    for (const line of written) assert.match(line, /^ +\(umask 077; .*\)$/);
  });
});

describe('Life', () => {
  test('a stopping Pod has the time it needs', async () => {
    const {spec} = find(await render('--set', 'server.drainTimeoutS=100,preStopSleepSeconds=7'), 'Deployment').spec.template;
    assert.equal(spec.terminationGracePeriodSeconds, 7 + 100 + 5);
    assert.equal(spec.containers[0].lifecycle.preStop.sleep.seconds, 7);
    assert.ok(spec.containers[0].args.includes('--drain-timeout-s=100'));
  });

  test('a stopping smoke test has the time to remove its tenant', () => {
    assert.equal(find(rendered.everything, 'Pod').spec.terminationGracePeriodSeconds, 150);
  });

  test('probes ask the health port in gRPC', () => {
    each((_, objects) => {
      const [{args, livenessProbe, readinessProbe, startupProbe}] = find(objects, 'Deployment').spec.template.spec.containers;
      assert.ok(args.includes('--health-listen=0.0.0.0:8445'));
      assert.deepEqual(livenessProbe.grpc, {port: 8445, service: 'liveness'});
      assert.deepEqual(startupProbe.grpc, {port: 8445, service: 'liveness'});
      assert.deepEqual(readinessProbe.grpc, {port: 8445, service: 'readiness'});
    });
  });

  test('production replaces replicas one by one, small mode never has two', () => {
    const {spec: production} = find(rendered.production, 'Deployment');
    assert.deepEqual(production.strategy, {type: 'RollingUpdate', rollingUpdate: {maxUnavailable: 0, maxSurge: 1}});
    assert.equal(production.replicas, 2);
    assert.equal(find(rendered.everything, 'Deployment').spec.replicas, undefined);
    const {spec: small} = find(rendered.small, 'Deployment');
    assert.deepEqual(small.strategy, {type: 'Recreate'});
    assert.equal(small.replicas, 1);
  });

  test('the migration runs before everything, its NetworkPolicy before it, and it needs nothing of the chart', () => {
    const objects = rendered.everything;
    const job = find(objects, 'Job');
    const policy = find(objects, 'NetworkPolicy', 'contacts-migration');
    for (const {metadata} of [job, policy]) assert.equal(metadata.annotations['helm.sh/hook'], 'pre-install,pre-upgrade');
    assert.ok(Number(policy.metadata.annotations['helm.sh/hook-weight']) < Number(job.metadata.annotations['helm.sh/hook-weight']));
    const {spec} = job.spec.template;
    assert.equal(spec.serviceAccountName, undefined);
    const made = objects.filter(({metadata}) => !metadata.annotations?.['helm.sh/hook'])
      .filter(({kind}) => ['Secret', 'ConfigMap'].includes(kind)).map(({metadata}) => metadata.name);
    for (const name of made) assert.ok(!JSON.stringify(spec).includes(`"${name}"`), name);
    assert.equal(rendered.small.filter(({kind}) => kind === 'Job').length, 0);
  });

  test('memory follows the directories', async () => {
    const {resources} = find(await render('--set', 'server.directoryMemoryMib=1024'), 'Deployment').spec.template.spec.containers[0];
    assert.equal(resources.requests.memory, '2304Mi');
    assert.equal(resources.limits.memory, '4608Mi');
  });

  test('large numbers stay numbers', async () => {
    const deployment = find(rendered.production, 'Deployment');
    assert.ok(deployment.spec.template.spec.containers[0].args.includes('--subscribers-max=5000000'));
  });
});

describe('Monitoring', () => {
  test('the rules and the dashboard are the files of the chart', () => {
    const groups = find(rendered.everything, 'PrometheusRule').spec.groups;
    const files = readdirSync(join(chart, 'alerts')).filter((name) => name.endsWith('.yaml'));
    const linked = (name) => readFileSync(join(chart, 'alerts', name), 'utf8').replaceAll('docs/runbook.md#', 'https://wiki.example/runbook#');
    assert.deepEqual(groups, files.flatMap((name) => parse(linked(name)).groups));
    for (const {alert, annotations} of groups.flatMap(({rules}) => rules)) {
      if (alert) assert.equal(annotations.runbook_url, `https://wiki.example/runbook#${alert.toLowerCase()}`);
    }
    assert.ok(groups.flatMap(({rules}) => rules).some(({alert}) => alert === 'SmartContactsNotReady'));
    const dashboard = find(rendered.everything, 'ConfigMap').data['smart-contacts.json'];
    assert.deepEqual(JSON.parse(dashboard), JSON.parse(readFileSync(join(chart, 'dashboards/smart-contacts.json'), 'utf8')));
  });

  test('the ServiceMonitor selects the Service that has the port', () => {
    const {selector, endpoints} = find(rendered.everything, 'ServiceMonitor').spec;
    const selected = rendered.everything.filter(({kind, metadata}) => kind === 'Service' &&
      Object.entries(selector.matchLabels).every(([label, value]) => metadata.labels[label] === value));
    assert.deepEqual(selected.map(({metadata}) => metadata.name), ['contacts-admin']);
    assert.ok(selected[0].spec.ports.some(({name}) => name === endpoints[0].port));
  });
});

describe('The programs', () => {
  const programs = {
    '/usr/bin/smart-contactsd': process.env.SMART_CONTACTSD, '/usr/bin/smart-contacts-admin': process.env.SMART_CONTACTS_ADMIN};
  // undefined if the program has no such command.
  const helpOf = async (program, command) => {
    const {stdout} = await run(programs[program], [...command, '--help']).catch((error) => error);
    return stdout.includes(`Usage: ${[basename(program), ...command].join(' ')} [`) ? stdout : undefined;
  };

  test('have every flag and variable that the chart sets', async () => {
    const missing = new Set();
    let count = 0;
    for (const [of, {spec}] of podsOf(Object.values(rendered).flat())) {
      const {command: [program], args, env} = spec.containers[0];
      const plain = args.findIndex((argument) => argument.startsWith('--'));
      const command = args.slice(0, plain);
      const help = await helpOf(program, command);
      for (const flag of args.slice(plain).filter((argument) => argument.startsWith('--'))) {
        const option = flag.split('=')[0];
        if (!new RegExp(`^  (-\\w,)?${option}(?![-\\w])`, 'm').test(help ?? '')) missing.add(`${basename(program)} ${command.join(' ')} ${option}`);
        ++count;
      }
      for (const {name} of env ?? []) {
        if (!name.startsWith('SMART_CONTACTS_')) continue;
        if (!help?.includes(`(Env:${name})`)) missing.add(`${of}: ${name}`);
        ++count;
      }
    }
    assert.deepEqual([...missing], []);
    assert.ok(count > 100);
  });

  test('have the defaults that the values name', async () => {
    const help = await helpOf('/usr/bin/smart-contactsd', ['serve']);
    const chosen = new Set(['directoryMemoryMib']);
    for (const [value, standard] of Object.entries(parse(readFileSync(join(chart, 'values.yaml'), 'utf8')).server)) {
      const option = value.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      const found = help.match(new RegExp(`^  --${option} (.*)\\(Env`, 'm'));
      assert.ok(found, option);
      if (typeof standard !== 'boolean' && standard !== '' && !chosen.has(value)) {
        assert.equal(found[1].split('=')[1]?.trim(), String(standard), option);
      }
    }
  });
});

describe('Generated secrets', () => {
  let directory;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'smart-contacts-chart-'));
  });
  after(() => rmSync(directory, {recursive: true, force: true}));

  test('the master key is one, the token is long, and each rendering has its own', async () => {
    const secret = (objects, name) => find(objects, 'Secret', `demo-smart-contacts-${name}`);
    const key = secret(rendered.small, 'master-key');
    assert.match(text(key, 'master.key'), /^1:[A-Za-z0-9+/]{43}=\n$/);
    for (const name of ['master-key', 'token-signing']) assert.equal(secret(rendered.small, name).immutable, true);
    assert.match(text(secret(rendered.small, 'admin-token'), 'admin.token'), /^[A-Za-z0-9]{48}$/);
    const other = rendered['small, all defaults'];
    for (const name of ['master-key', 'admin-token', 'token-signing', 'tls']) {
      assert.equal(secret(other, name).metadata.annotations['helm.sh/resource-policy'], 'keep');
      assert.notDeepEqual(secret(other, name).data, secret(rendered.small, name).data);
    }
  });

  test('the certificate is for the Services and the tunnel, whatever the release is called', async () => {
    for (const release of ['smart-contacts', 'demo']) {
      const [secret] = objectsOf(await helm('template', release, chart, '--namespace', 'phones', '--show-only', 'templates/secret-tls.yaml'));
      const [certificate, authority] = ['tls.crt', 'ca.crt'].map((name) => new X509Certificate(text(secret, name)));
      assert.ok(certificate.checkIssued(authority) && certificate.verify(authority.publicKey));
      assert.notEqual(certificate.subject, certificate.issuer);
      const name = secret.metadata.name.replace(/-tls$/, '');
      for (const host of [name, `${name}.phones.svc`, `${name}-admin.phones.svc`, 'localhost']) assert.ok(certificate.checkHost(host), host);
    }
  });

  test('the signing key has the members that the program writes', async () => {
    const secret = find(rendered.small, 'Secret', 'demo-smart-contacts-token-signing');
    await run(process.env.SMART_CONTACTS_ADMIN,
      ['token', 'new-key', '--key-file', join(directory, 'key.jwk'), '--jwks-file', join(directory, 'jwks.json')]);
    const shape = (jwk) => Object.entries(jwk).sort().map(([name, value]) =>
      [name, ['d', 'x', 'y', 'kid'].includes(name) ? value.length : value]);
    const written = (name) => JSON.parse(readFileSync(join(directory, name), 'utf8'));
    const key = JSON.parse(text(secret, 'signing-key.jwk'));
    assert.deepEqual(shape(key), shape(written('key.jwk')));
    const {keys, ...rest} = JSON.parse(text(secret, 'jwks.json'));
    assert.deepEqual(rest, {});
    for (const jwk of [key, ...keys]) {
      for (const member of ['d', 'x', 'y']) assert.match(jwk[member] ?? 'A'.repeat(43), /^[A-Za-z0-9_-]{43}$/);
    }
    const signature = sign('sha256', Buffer.from('claims'), createPrivateKey({key, format: 'jwk'}));
    assert.ok(verify('sha256', Buffer.from('claims'), createPublicKey({key: keys[0], format: 'jwk'}), signature));
    assert.deepEqual(keys.map(shape), written('jwks.json').keys.map(shape));
  });
});

describe('Mistakes are refused with what to do', () => {
  const production = values('production');
  const cases = [
    // What a schema says.
    [['--set', 'replicaCount=2'], /additional properties 'replicaCount' not allowed/],
    [['--set', 'server.drainTimeoutSeconds=2'], /'\/server': additional properties 'drainTimeoutSeconds' not allowed/],
    [['--set', 'mode=large'], /'\/mode': value must be one of 'small', 'production'/],
    [['--set', 'replicas=many'], /'\/replicas': got string, want null or integer|'\/replicas': got string, want integer or null/],
    [['--set', 'server.logLevel=loud'], /'\/server\/logLevel': value must be one of/],
    [['--set', 'server.drainTimeoutS=-1'], /'\/server\/drainTimeoutS': minimum/],
    [['--set', 'server.sweepIntervalS=3601'], /'\/server\/sweepIntervalS': maximum: got 3,601, want 3,600/],
    [['--set', 'image.digest=latest'], /'\/image\/digest'.*does not match pattern/],
    [['--set', 'service.type=ExternalName'], /'\/service\/type': value must be one of/],
    [['--set', 'purge.olderThan=30 days'], /'\/purge\/olderThan'.*does not match pattern/],
    [['--set', 'purge.tenants={Acme}'], /'\/purge\/tenants\/0'.*does not match pattern/],
    [['--set', 'directorySync.schedule=often'], /'\/directorySync\/schedule'.*does not match pattern/],
    [['--set-json', 'networkPolicy.appPeers=[{}]'], /'\/networkPolicy\/appPeers\/0': minProperties/],
    [['--set-json', 'networkPolicy.dnsPeers=[]'], /'\/networkPolicy\/dnsPeers': minItems/],
    [['--set-json', 'directorySync.tenants=[{"tenant":"acme","file":"../etc"}]'], /'\/directorySync\/tenants\/0\/file'/],
    [['--set-json', 'ingress.hosts=["https://contacts.example.com"]'], /'\/ingress\/hosts\/0'.*does not match pattern/],
    // What only the chart can say.
    [['--set', 'replicas=2'], /replicas is more than 1: small mode.*Use mode: production/],
    [['--set', 'autoscaling.enabled=true'], /autoscaling.enabled: small mode has one replica/],
    [['--set', 'postgresql.existingSecret=x'], /postgresql.existingSecret is set, but small mode uses SQLite/],
    [['--set', 'migration.existingSecret=x'], /migration.existingSecret is set, but small mode uses SQLite/],
    [[...production, '--set', 'postgresql.existingSecret='], /postgresql.existingSecret is missing: production mode needs PostgreSQL/],
    [[...production, '--set', 'migration.existingSecret='], /migration.existingSecret is missing/],
    [[...production, '--set', 'migration.existingSecret=contacts-postgresql'], /is the same as postgresql.existingSecret/],
    [[...production, '--set', 'tls.certManager.enabled=false'], /tls is missing: production mode wants a real certificate/],
    [[...production, '--set', 'tls.existingSecret=x'], /both set: choose one/],
    [[...production, '--set', 'tls.certManager.issuerRef=null'], /tls.certManager.issuerRef is missing/],
    [[...production, '--set', 'networkPolicy.appPeers=null'], /networkPolicy.appPeers is empty: no app could connect/],
    [[...production, '--set', 'networkPolicy.postgresqlPeers=null'], /networkPolicy.postgresqlPeers is empty/],
    [[...production, '--set', 'networkPolicy.metricsPeers=null'], /networkPolicy.metricsPeers is empty: Prometheus/],
    [[...production, '--set', 'autoscaling.enabled=true,replicas=3'], /replicas and autoscaling.enabled are both set/],
    [['--set', 'autoscaling.minReplicas=9'], /autoscaling.minReplicas is more than autoscaling.maxReplicas/],
    [['--set', 'service.headless=true,service.port=443'], /service.port must be 8443 with service.headless/],
    [['--set', 'service.headless=true,service.type=NodePort'], /service.type must be ClusterIP with service.headless/],
    [['--set', 'ingress.enabled=true'], /ingress.hosts is empty[^]*networkPolicy.appPeers is empty|networkPolicy.appPeers is empty[^]*ingress.hosts is empty/],
    [['--set', 'directorySync.enabled=true'], /directorySync.tenants is empty[^]*directorySync.volume is missing/],
    ...['', 'docs/runbook.md', 'https://', 'https://wiki.example/runbook#top'].map((url) =>
      [['--set', `prometheusRule.enabled=true,prometheusRule.runbookUrl=${url}`], /prometheusRule.runbookUrl is not an http\(s\) URL/]),
    [['--set', 'purge.enabled=true'], /purge.tenants is empty/],
    [['--set', 'mode=production'], /postgresql\.existingSecret is missing[^]*migration[^]*tls is missing[^]*postgresqlPeers[^]*appPeers/],
    [['--kube-version', '1.29.0'], /chart requires kubeVersion: >=1.30.0-0/],
  ];
  for (const [args, message] of cases) {
    test(args.filter((argument) => !argument.includes('/')).join(' '), async () => {
      await assert.rejects(render(...args), ({stderr}) => {
        assert.match(stderr, message);
        return true;
      });
    });
  }
});
