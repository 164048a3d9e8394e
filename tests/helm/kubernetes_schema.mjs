// Objects as Kubernetes' OpenAPI has them, and as the custom resources' definitions do.

import {createRequire} from 'node:module';
import {fileURLToPath} from 'node:url';

const require = createRequire(import.meta.url);
// The packages do not export their schemas by name, so they are named as files.
const schemas = (name, schema) =>
  require(fileURLToPath(new URL(`node_modules/${name}/_schemas/${schema}.js`, import.meta.url))).validate;

// Each resource as a Kubernetes API has it: apiVersion, kind, the name in paths, and its schema.
export const resources = [
  ['v1', 'Secret', 'secrets', 'IoK8sApiCoreV1Secret'],
  ['v1', 'ConfigMap', 'configmaps', 'IoK8sApiCoreV1ConfigMap'],
  ['v1', 'Service', 'services', 'IoK8sApiCoreV1Service'],
  ['v1', 'ServiceAccount', 'serviceaccounts', 'IoK8sApiCoreV1ServiceAccount'],
  ['v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', 'IoK8sApiCoreV1PersistentVolumeClaim'],
  ['v1', 'Pod', 'pods', 'IoK8sApiCoreV1Pod'],
  ['apps/v1', 'Deployment', 'deployments', 'IoK8sApiAppsV1Deployment'],
  ['batch/v1', 'Job', 'jobs', 'IoK8sApiBatchV1Job'],
  ['batch/v1', 'CronJob', 'cronjobs', 'IoK8sApiBatchV1CronJob'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', 'IoK8sApiAutoscalingV2HorizontalPodAutoscaler'],
  ['policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets', 'IoK8sApiPolicyV1PodDisruptionBudget'],
  ['networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies', 'IoK8sApiNetworkingV1NetworkPolicy'],
  ['networking.k8s.io/v1', 'Ingress', 'ingresses', 'IoK8sApiNetworkingV1Ingress'],
  ['monitoring.coreos.com/v1', 'ServiceMonitor', 'servicemonitors', 'MonitoringCoreosComV1ServiceMonitor', '@kubernetes-models/prometheus-operator'],
  ['monitoring.coreos.com/v1', 'PrometheusRule', 'prometheusrules', 'MonitoringCoreosComV1PrometheusRule', '@kubernetes-models/prometheus-operator'],
  ['cert-manager.io/v1', 'Certificate', 'certificates', 'CertManagerIoV1Certificate', '@kubernetes-models/cert-manager'],
].map(([apiVersion, kind, plural, schema, name = 'kubernetes-models']) => ({apiVersion, kind, plural, schema, name}));

// A view of `value` that notes in `read` the path of every field that is looked at.
function watched(value, path, read) {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      const field = target[key];
      if (typeof key === 'symbol' || !Object.hasOwn(target, key)) return field;
      read.add(`${path}/${key}`);
      return watched(field, `${path}/${key}`, read);
    },
  });
}

function* fields(value, path = '') {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, field] of Object.entries(value)) {
    yield `${path}/${key}`;
    yield* fields(field, `${path}/${key}`);
  }
}

// What is wrong with an object: [] if nothing is. Kubernetes' schemas allow unknown fields, so a field is unknown here when
// the validator has not looked at it.
export function mistakes(object) {
  const resource = resources.find(({apiVersion, kind}) => apiVersion === object.apiVersion && kind === object.kind);
  if (!resource) return [`${object.apiVersion} ${object.kind} is no known resource`];
  const validate = schemas(resource.name, resource.schema);
  const read = new Set();
  const found = validate(watched(object, '', read)) ? [] :
    validate.errors.map(({instancePath, keyword, params}) => `${instancePath}: ${keyword} ${JSON.stringify(params)}`);
  const unread = [...fields(object)].filter((path) => !read.has(path));
  return [...found, ...unread.map((path) => `${path}: unknown field`)];
}
