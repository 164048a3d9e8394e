// The table of values in the chart's README.md, from the comments in values.yaml.
//
//   node chart_readme.mjs            writes it
//   node chart_readme.mjs --check    says whether it is as the values are

import {readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {isMap, parseDocument} from 'yaml';

const chart = new URL('../../helm/smart-contacts/', import.meta.url);
const begin = '<!-- The values, by tests/helm/chart_readme.mjs. Change values.yaml, not this table. -->\n';
const end = '<!-- End of the values. -->';

const line = (comment) => (comment ?? '').split('\n\n').at(-1).trim().replaceAll('|', '\\|');

// The parser gives the comment before a map's first key to the map.
function* rows(map, path = '') {
  for (const [index, {key, value}] of map.items.entries()) {
    const about = line(index === 0 && path !== '' ? map.commentBefore : key.commentBefore);
    const name = `${path}${key.value}`;
    // A map whose members have comments is a group of values, another one is a value.
    if (isMap(value) && value.commentBefore) {
      if (about) yield [`**\`${name}\`**`, '', about];
      yield* rows(value, `${name}.`);
    } else {
      if (!about) throw new Error(`values.yaml: ${name} has no comment`);
      yield [`\`${name}\``, `\`${JSON.stringify(value.toJSON())}\``, about];
    }
  }
}

function generated() {
  const document = parseDocument(readFileSync(new URL('values.yaml', chart), 'utf8'));
  const table = [...rows(document.contents)].map((row) => `| ${row.join(' | ')} |\n`).join('');
  const readme = readFileSync(new URL('README.md', chart), 'utf8');
  const [head, rest] = readme.split(begin);
  const tail = rest?.split(end)[1];
  if (tail === undefined) throw new Error('README.md has no place for the values');
  return [readme, `${head}${begin}\n| value | default | |\n|---|---|---|\n${table}\n${end}${tail}`];
}

// '' if README.md is as the values are; otherwise what to do.
export function check() {
  const [is, shouldBe] = generated();
  return is === shouldBe ? '' : 'README.md of the chart is not as values.yaml: run node tests/helm/chart_readme.mjs';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--check')) {
    const mistake = check();
    if (mistake) console.error(mistake);
    process.exitCode = mistake ? 1 : 0;
  } else {
    writeFileSync(new URL('README.md', chart), generated()[1]);
  }
}
