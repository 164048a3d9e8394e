// Runs Helm as an operator does, with folders of its own.

import {execFile} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {parseAllDocuments} from 'yaml';

export const chart = fileURLToPath(new URL('../../helm/smart-contacts', import.meta.url));
export const tools = fileURLToPath(new URL('node_modules/.tools', import.meta.url));
export const values = (name) => ['--values', join(chart, 'ci', `${name}-values.yaml`)];

const home = mkdtempSync(join(tmpdir(), 'smart-contacts-helm-'));
process.on('exit', () => rmSync(home, {recursive: true, force: true}));

export const run = promisify(execFile);

// Standard output; on failure the error has `stderr`.
export async function helm(...args) {
  const env = {PATH: process.env.PATH, HOME: home, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home};
  return (await run(join(tools, 'helm'), args, {env, maxBuffer: 1 << 26})).stdout;
}

export const objectsOf = (text) => parseAllDocuments(text, {strict: true}).map((document) => {
  if (document.errors.length) throw document.errors[0];
  return document.toJS();
}).filter((object) => object);

// The objects that the chart makes of values: --values FILE, --set A=B and so on.
export const render = async (...args) => objectsOf(await helm('template', 'demo', chart, '--namespace', 'phones', ...args));
