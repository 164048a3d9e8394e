// A stand-in for a cluster's nodes: runs the containers of Pods as processes on this machine. Volumes are folders, mount
// paths in arguments become these folders, and names of Services become localhost with a free port. A Deployment is one
// process, whatever its number of replicas.

import {spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';
import {ApiServer} from './api_server.mjs';
import {probe} from './grpc_probe.mjs';
import {freePort, startServer} from './processes.mjs';

export class Cluster {
  #ports = new Map();
  #servers = new Map();
  #logs = new Map();
  #work = Promise.resolve();
  #error;

  // `programs`: a container's command to the file that is run.
  static async start(programs) {
    const cluster = new Cluster();
    Object.assign(cluster, {programs, directory: mkdtempSync(join(tmpdir(), 'smart-contacts-cluster-')), runs: []});
    cluster.api = new ApiServer({
      onChange: (what, object) => cluster.#changed(what, object),
      logOf: ({metadata}) => cluster.#logs.get(metadata.uid) ?? '',
    });
    await cluster.api.start();
    return cluster;
  }

  // Throws the first error that there was meanwhile.
  async stop() {
    this.stopping = true;
    await this.#work;
    try {
      await Promise.all([...this.#servers.values()].map((server) => server.stop()));
    } finally {
      this.api.stop();
      rmSync(this.directory, {recursive: true, force: true});
    }
    if (this.#error) throw this.#error;
  }

  // The folder of a PersistentVolumeClaim.
  claim(name) {
    const path = join(this.directory, 'claims', name);
    mkdirSync(path, {recursive: true});
    return path;
  }

  addSecret(namespace, name, data) {
    const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
    return fetch(`${this.api.address}/api/v1/namespaces/${namespace}/secrets`, {
      method: 'POST', headers: {'content-type': 'application/json'},
      body: JSON.stringify({apiVersion: 'v1', kind: 'Secret', metadata: {name}, data: encoded}),
    });
  }

  removeSecret(namespace, name) {
    return fetch(`${this.api.address}/api/v1/namespaces/${namespace}/secrets/${name}`, {method: 'DELETE'});
  }

  // Where the port of a Service is on this machine.
  async address(service, port) {
    const {targetPort} = this.api.get('Service', service).spec.ports.find((entry) => entry.port === port);
    const containers = this.api.objects('Deployment').flatMap(({spec}) => spec.template.spec.containers);
    const {containerPort} = containers.flatMap(({ports}) => ports).find(({name}) => name === targetPort);
    return `localhost:${await this.#port(containerPort)}`;
  }

  // Runs what a CronJob would run. {code, output}.
  runCronJob(name) {
    return this.#run(this.api.get('CronJob', name).spec.jobTemplate.spec.template.spec);
  }

  // One after the other, as the objects come, whatever became of those before.
  #changed(what, object) {
    const {kind, spec} = object;
    this.#work = this.#work.then(async () => {
      if (what === 'added' && kind === 'Pod') {
        const {code, output} = await this.#run(spec);
        this.#logs.set(object.metadata.uid, output);
        this.api.setStatus(object, {phase: code === 0 ? 'Succeeded' : 'Failed'});
      } else if (what === 'added' && kind === 'Job') {
        const {code} = await this.#run(spec.template.spec);
        this.api.setStatus(object, {startTime: new Date().toISOString(), conditions: [{type: code === 0 ? 'Complete' : 'Failed', status: 'True'}]});
      } else if (kind === 'PersistentVolumeClaim') {
        if (what === 'deleted') rmSync(this.claim(object.metadata.name), {recursive: true});
        else this.api.setStatus(object, {phase: 'Bound'});
      } else if (kind === 'Deployment') {
        await this.#roll(what, object);
      }
    }).catch((error) => {
      this.#error ??= error;
    });
  }

  async #roll(what, deployment) {
    const {name} = deployment.metadata;
    const template = JSON.stringify(deployment.spec.template);
    const before = this.#servers.get(name);
    if (what !== 'deleted' && before?.template === template) return;
    if (before) {
      await before.stop();
      this.#servers.delete(name);
    }
    if (what === 'deleted') return;
    const server = {template, ...await this.#serve(deployment.spec.template.spec)};
    this.#servers.set(name, server);
    if (!server.ready) return;
    const {generation} = this.api.get('Deployment', name).metadata;
    const count = deployment.spec.replicas ?? 1;
    this.api.setStatus(deployment, {observedGeneration: generation, replicas: count, readyReplicas: count, updatedReplicas: count,
      availableReplicas: count, conditions: [{type: 'Available', status: 'True'}, {type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable'}]});
  }

  async #port(containerPort) {
    if (!this.#ports.has(containerPort)) this.#ports.set(containerPort, await freePort());
    return this.#ports.get(containerPort);
  }

  #volume({secret, persistentVolumeClaim}) {
    if (persistentVolumeClaim) return this.claim(persistentVolumeClaim.claimName);
    const {data} = this.api.get('Secret', secret.secretName);
    // As Kubernetes mounts it: files are links into a folder that is replaced as a whole.
    const path = mkdtempSync(join(this.directory, 'secret-'));
    mkdirSync(join(path, '..version'));
    symlinkSync('..version', join(path, '..data'));
    for (const {key, path: file} of secret.items ?? Object.keys(data).map((key) => ({key, path: key}))) {
      if (data[key] === undefined) throw new Error(`Secret ${secret.secretName} has no ${key}`);
      writeFileSync(join(path, '..version', file), Buffer.from(data[key], 'base64'), {mode: 0o440});
      symlinkSync(join('..data', file), join(path, file));
    }
    return path;
  }

  // A container's command and environment on this machine.
  async #translate({containers: [container], volumes}) {
    const folders = container.volumeMounts.map(({name, mountPath}) => [mountPath, this.#volume(volumes.find((volume) => volume.name === name))]);
    const text = async (value) => {
      for (const [mountPath, folder] of folders) value = value.replaceAll(mountPath, folder);
      const listen = value.match(/0\.0\.0\.0:(\d+)$/);
      // Of this machine only. The server must not notice where it has TLS, because it would do without.
      const host = /^--(admin-)?listen=/.test(value) ? '[::ffff:127.0.0.1]' : '127.0.0.1';
      if (listen) return value.replace(listen[0], `${host}:${await this.#port(Number(listen[1]))}`);
      const service = value.match(/([a-z0-9-]+)\.[a-z0-9-]+\.svc:(\d+)$/);
      return service ? value.replace(service[0], await this.address(service[1], Number(service[2]))) : value;
    };
    const env = {PATH: process.env.PATH};
    for (const {name, value, valueFrom} of container.env ?? []) {
      const key = valueFrom?.secretKeyRef;
      const secret = key && this.api.get('Secret', key.name)?.data[key.key];
      if (key && secret === undefined && !key.optional) throw new Error(`Secret ${key.name} has no ${key.key}`);
      if (value !== undefined || secret !== undefined) env[name] = secret === undefined ? await text(value) : Buffer.from(secret, 'base64').toString();
    }
    return {program: this.programs[container.command[0]], args: await Promise.all(container.args.map(text)), env};
  }

  async #run(podSpec) {
    const {program, args, env} = await this.#translate(podSpec);
    const child = spawn(program, args, {env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000});
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => output += data);
    const code = await new Promise((resolve) => child.on('close', resolve));
    this.runs.push({args: podSpec.containers[0].args, code, output});
    return {code, output};
  }

  // Whether all probes find it serving, before it ends.
  async #probe({containers: [container]}, server) {
    for (const {grpc} of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
      while (!await probe(await this.#port(grpc.port), grpc.service)) {
        if (!server.running() || this.stopping) return false;
        await sleep(100);
      }
    }
    return true;
  }

  // Until it serves, or has ended, which it must when it takes too long.
  async #serve(podSpec) {
    const {program, args, env} = await this.#translate(podSpec);
    const server = startServer([program, ...args], {env});
    const limit = setTimeout(server.stop, 60_000);
    const output = [];
    try {
      for await (const line of createInterface({input: server.stderr})) {
        output.push(line);
        if (!line.includes('"serving"')) continue;
        if (await this.#probe(podSpec, server)) return {...server, ready: true};
        break;
      }
    } finally {
      clearTimeout(limit);
      server.stderr.resume();
    }
    process.stderr.write(`the server did not come up:\n${output.join('\n')}\n`);
    return {...server, ready: false};
  }
}
