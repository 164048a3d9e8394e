// Flags that the chart sets and the programs do not have yet.
export const pending = new Set([
  'smart-contacts-admin smoke-test --admin-token-file',
  'smart-contacts-admin smoke-test --app-server',
  'smart-contacts-admin smoke-test --ca-file',
  'smart-contacts-admin smoke-test --jwt-aor-claim',
  'smart-contacts-admin smoke-test --jwt-audience',
  'smart-contacts-admin smoke-test --jwt-issuer',
  'smart-contacts-admin smoke-test --jwt-tenant-claim',
  'smart-contacts-admin smoke-test --server',
  'smart-contacts-admin smoke-test --signing-key-file',
  'smart-contactsd serve --health-listen',
]);
