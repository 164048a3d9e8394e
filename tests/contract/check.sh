#!/usr/bin/env bash
# The contract: it follows the style, it breaks nothing that was released, and the check for that works.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

[[ node_modules/.package-lock.json -nt package-lock.json ]] || npm ci --no-audit --no-fund
buf=$(echo node_modules/@bufbuild/buf-linux-*/bin/buf)

echo "lint"
"$buf" lint ../../proto
echo "format"
"$buf" format --exit-code --diff ../../proto >/dev/null || {
  echo "run tests/contract/$buf format -w proto" >&2
  exit 1
}
echo "breaking changes since the last release"
"$buf" breaking ../../proto --against released

# A field that is taken away must be noticed.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r ../../proto/. "$work"
sed -i '/string aor = 2;/d' "$work/smartcontacts/v1/match.proto"
if "$buf" breaking "$work" --against released >/dev/null; then
  echo "the check did not notice a field that was taken away" >&2
  exit 1
fi
