// Says what in a bill of materials is not as CycloneDX's schema wants it, unknown properties included.
import { readFileSync } from 'node:fs';
import * as CycloneDX from '@cyclonedx/cyclonedx-library';

const text = readFileSync(process.argv[2], 'utf8');
const validator = new CycloneDX.Validation.JsonStrictValidator(CycloneDX.Spec.Version[`v${JSON.parse(text).specVersion.replace('.', 'dot')}`]);
const errors = await validator.validate(text);
if (errors !== null) {
  console.error(errors);
  process.exit(1);
}
