// As much of a Kubernetes API server as Helm and kubectl need to install a chart: discovery, objects in memory, watches,
// server-side apply by one manager. It is as strict as a real one about fields (fieldValidation=Strict) and about immutable
// Secrets. What objects bring about (Pods that run, Jobs that end) is `onChange`'s.

import {createServer} from 'node:http';
import {mistakes, resources} from './kubernetes_schema.mjs';
import {decodeSecret} from './protobuf_secret.mjs';

const groupOf = (apiVersion) => apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
const known = [
  {apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false},
  // There are none, but who waits for a Deployment looks for them.
  {apiVersion: 'apps/v1', kind: 'ReplicaSet', plural: 'replicasets', namespaced: true},
  ...resources.map((resource) => ({...resource, namespaced: true})),
];

class Refusal extends Error {
  constructor(code, reason, message) {
    super(message);
    this.status = {kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message};
  }
}
const notFound = (what) => new Refusal(404, 'NotFound', `${what} not found`);

function matches(object, query) {
  for (const term of (query.get('labelSelector') ?? '').split(',').filter(Boolean)) {
    const [label, value] = term.split(/==?/);
    if (object.metadata.labels?.[label] !== value) return false;
  }
  const name = query.get('fieldSelector')?.match(/^metadata\.name=(.*)$/)?.[1];
  return name === undefined || object.metadata.name === name;
}

// RFC 7396.
function merged(target, patch) {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result = typeof target === 'object' && target !== null && !Array.isArray(target) ? {...target} : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

export class ApiServer {
  #objects = new Map();
  #watches = new Set();
  #version = 1;
  #server;

  // `logOf(pod)` is what a Pod has written.
  constructor({onChange = () => {}, logOf = () => ''} = {}) {
    this.onChange = onChange;
    this.logOf = logOf;
  }

  async start() {
    this.#server = createServer((request, response) => this.#serve(request, response));
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.address = `http://127.0.0.1:${this.#server.address().port}`;
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  objects(kind) {
    return [...this.#objects.values()].filter((object) => object.kind === kind);
  }

  get(kind, name) {
    return this.objects(kind).find(({metadata}) => metadata.name === name);
  }

  setStatus(object, status) {
    const path = this.#pathOf(object);
    if (this.#objects.get(path)?.metadata.uid === object.metadata.uid) this.#store(path, {...this.#objects.get(path), status});
  }

  #pathOf({apiVersion, kind, metadata}) {
    const {plural} = known.find((resource) => resource.apiVersion === apiVersion && resource.kind === kind);
    return `${groupOf(apiVersion)}/namespaces/${metadata.namespace}/${plural}/${metadata.name}`;
  }

  #tell(type, path, object) {
    for (const watch of this.#watches) {
      if (path.startsWith(`${watch.collection}/`) && matches(object, watch.query)) {
        watch.response.write(`${JSON.stringify({type, object})}\n`);
      }
    }
  }

  #store(path, object) {
    const before = this.#objects.get(path);
    const {metadata: kept} = before ?? {metadata: {uid: `uid-${this.#version}`, creationTimestamp: new Date().toISOString(), generation: 1}};
    const metadata = {...object.metadata, uid: kept.uid, creationTimestamp: kept.creationTimestamp,
      generation: kept.generation, resourceVersion: String(++this.#version)};
    if (before && JSON.stringify(before.spec) !== JSON.stringify(object.spec)) ++metadata.generation;
    const stored = {...object, metadata};
    this.#objects.set(path, stored);
    this.#tell(before ? 'MODIFIED' : 'ADDED', path, stored);
    return stored;
  }

  // What a client wants to be there.
  #admit(path, object, namespace, dryRun) {
    if (!object.metadata.name) throw new Refusal(422, 'Invalid', 'metadata.name: Required value');
    if (known.some(({kind, schema}) => schema && kind === object.kind)) {
      const found = mistakes(object);
      if (found.length) throw new Refusal(422, 'Invalid', `${object.kind} ${object.metadata.name}: ${found.join('; ')}`);
    }
    const before = this.#objects.get(path);
    if (before?.immutable && JSON.stringify(before.data) !== JSON.stringify(object.data)) {
      throw new Refusal(422, 'Invalid', `Secret "${object.metadata.name}" is invalid: data: Forbidden: field is immutable when \`immutable\` is set`);
    }
    const admitted = {...object, metadata: {...object.metadata, namespace}, ...before?.status && {status: before.status}};
    if (dryRun) return {...admitted, metadata: {...admitted.metadata, uid: 'dry-run'}};
    const stored = this.#store(path, admitted);
    this.onChange(before ? 'changed' : 'added', stored);
    return stored;
  }

  #discover(path) {
    if (path === '/version') return {major: '1', minor: '33', gitVersion: 'v1.33.0'};
    if (path === '/api') return {kind: 'APIVersions', versions: ['v1']};
    if (path === '/apis') {
      const versions = [...new Set(known.map(({apiVersion}) => apiVersion))].filter((version) => version !== 'v1');
      return {kind: 'APIGroupList', apiVersion: 'v1', groups: versions.map((groupVersion) => {
        const [name, version] = groupVersion.split('/');
        return {name, versions: [{groupVersion, version}], preferredVersion: {groupVersion, version}};
      })};
    }
    // Clients look here only for whether the server validates fields itself.
    if (path === '/openapi/v3') {
      return {paths: Object.fromEntries(known.map(({apiVersion}) => [groupOf(apiVersion).slice(1), {serverRelativeURL: `/openapi/v3${groupOf(apiVersion)}`}]))};
    }
    if (path.startsWith('/openapi/v3/')) {
      const resourcesHere = known.filter(({apiVersion}) => `/openapi/v3${groupOf(apiVersion)}` === path);
      return {openapi: '3.0.0', info: {title: 'Kubernetes', version: 'v1.33.0'}, paths: Object.fromEntries(
        resourcesHere.map(({apiVersion, kind, plural}) => [`${groupOf(apiVersion)}/namespaces/{namespace}/${plural}/{name}`, {patch: {
          parameters: [{name: 'fieldValidation', in: 'query'}],
          responses: {},
          'x-kubernetes-group-version-kind': {group: apiVersion === 'v1' ? '' : apiVersion.split('/')[0], version: apiVersion.split('/').at(-1), kind},
        }}]))};
    }
    const found = known.filter(({apiVersion}) => groupOf(apiVersion) === path);
    return found.length ? {kind: 'APIResourceList', apiVersion: 'v1', groupVersion: found[0].apiVersion,
      resources: found.map(({kind, plural, namespaced}) => ({name: plural, singularName: kind.toLowerCase(), kind, namespaced,
        verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch']}))} : undefined;
  }

  #answer({method, path, query, type, body}, response) {
    const discovered = method === 'GET' && this.#discover(path);
    if (discovered) return discovered;
    // Every namespace is there.
    const namespaceName = path.match(/^\/api\/v1\/namespaces(?:\/([^/]+))?$/);
    if (namespaceName) {
      if (method === 'POST') throw new Refusal(409, 'AlreadyExists', 'the namespace already exists');
      return {apiVersion: 'v1', kind: 'Namespace', metadata: {name: namespaceName[1]}};
    }
    const match = path.match(/^(\/api\/v1|\/apis\/[^/]+\/[^/]+)\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?(?:\/(log))?$/);
    const resource = match && known.find(({apiVersion, plural}) => groupOf(apiVersion) === match[1] && plural === match[3]);
    if (!resource) throw notFound(path);
    const [, group, namespace, plural, name, log] = match;
    const {apiVersion, kind} = resource;
    const collection = `${group}/namespaces/${namespace}/${plural}`;
    if (method === 'GET' && !name) {
      const items = [...this.#objects].filter(([at, object]) => at.startsWith(`${collection}/`) && matches(object, query))
        .map(([, object]) => object);
      if (!query.get('watch')) return {apiVersion, kind: `${kind}List`, metadata: {resourceVersion: String(this.#version)}, items};
      const watch = {collection, query, response};
      response.writeHead(200, {'content-type': 'application/json'}).flushHeaders();
      if (query.get('sendInitialEvents') === 'true') {
        for (const object of items) response.write(`${JSON.stringify({type: 'ADDED', object})}\n`);
        const bookmark = {apiVersion, kind, metadata: {resourceVersion: String(this.#version), annotations: {'k8s.io/initial-events-end': 'true'}}};
        response.write(`${JSON.stringify({type: 'BOOKMARK', object: bookmark})}\n`);
      }
      // What has changed since the client looked.
      const since = Number(query.get('resourceVersion') || Infinity);
      for (const object of items) {
        if (Number(object.metadata.resourceVersion) > since) response.write(`${JSON.stringify({type: 'MODIFIED', object})}\n`);
      }
      this.#watches.add(watch);
      response.on('close', () => this.#watches.delete(watch));
      return undefined;
    }
    const dryRun = query.get('dryRun') === 'All';
    const at = `${collection}/${name ?? body?.metadata.name}`;
    const before = this.#objects.get(at);
    if (method === 'POST') {
      if (before) throw new Refusal(409, 'AlreadyExists', `${plural} "${body.metadata.name}" already exists`);
      return this.#admit(at, body, namespace, dryRun);
    }
    if (method === 'PATCH' && type === 'application/apply-patch+yaml') return this.#admit(at, body, namespace, dryRun);
    if (!before) throw notFound(`${plural} "${name}"`);
    if (log) return this.logOf(before);
    switch (method) {
      case 'GET':
        return before;
      case 'PUT':
        return this.#admit(at, body, namespace, dryRun);
      case 'PATCH': {
        // Objects as they are stored have fields of the server, which a client does not send.
        const {status: _, metadata: {uid, creationTimestamp, generation, resourceVersion, ...metadata}, ...rest} = merged(before, body);
        return this.#admit(at, {...rest, metadata}, namespace, dryRun);
      }
      case 'DELETE':
        if (!dryRun) {
          this.#objects.delete(at);
          this.#tell('DELETED', at, before);
          this.onChange('deleted', before);
        }
        return {kind: 'Status', apiVersion: 'v1', status: 'Success'};
      default:
        throw new Refusal(405, 'MethodNotAllowed', method);
    }
  }

  async #serve(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const {pathname: path, searchParams: query} = new URL(request.url, 'http://server');
    const type = request.headers['content-type'];
    const reply = (code, answer) => {
      const plain = typeof answer === 'string';
      response.writeHead(code, {'content-type': plain ? 'text/plain' : 'application/json'}).end(plain ? answer : JSON.stringify(answer));
    };
    try {
      const {method} = request;
      const bytes = Buffer.concat(chunks);
      const body = method === 'GET' || method === 'DELETE' ? undefined :
        type.includes('protobuf') ? decodeSecret(bytes) : JSON.parse(bytes);
      const answer = this.#answer({method, path, query, type, body}, response);
      if (answer !== undefined) reply(method === 'POST' ? 201 : 200, answer);
    } catch (error) {
      if (error instanceof Refusal) return reply(error.status.code, error.status);
      reply(500, new Refusal(500, 'InternalError', error.stack).status);
    }
  }
}
