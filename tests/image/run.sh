#!/usr/bin/env bash
# Builds the image from the programs of the build folder $1 and tests it. Mounts and processes of the test live in
# namespaces of their own, so that none can outlast it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build_folder=$1
if ((EUID != 0)); then
  echo "FAILED: this test builds an image and mounts its root read-only, and must run as root" >&2
  exit 1
fi
(cd "$here" && { [[ node_modules/.package-lock.json -nt package-lock.json ]] || npm ci --no-audit --no-fund; })

output=$build_folder/image
"$here/../../scripts/image.sh" --programs "$build_folder" --output "$output" >"$build_folder/image.log" 2>&1 || {
  cat "$build_folder/image.log" >&2
  exit 1
}
tail -n 1 "$build_folder/image.log"

IMAGE_TEST_WORK=$(mktemp -d)
export IMAGE_TEST_WORK
trap 'rm -rf --one-file-system "$IMAGE_TEST_WORK"' EXIT
unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
  python3 "$here/image_test.py" "$output"
