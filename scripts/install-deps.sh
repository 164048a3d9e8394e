#!/usr/bin/env bash
# Installs what building, testing and trying out need, on Debian 12. Run as root or with sudo at hand.
#
#   scripts/install-deps.sh            to build and run
#   scripts/install-deps.sh --test     also to test: formatters, linters, Node, buf
set -euo pipefail

build_packages=(
  build-essential ca-certificates ccache cmake git ninja-build pkg-config
  golang-github-gogo-googleapis-dev # google/rpc/*.proto
  libabsl-dev libcivetweb-dev libcjose-dev libcli11-dev libgrpc++-dev libgtest-dev libgmock-dev libicu-dev libjansson-dev
  libphonenumber-dev libpq-dev libpqxx-dev libprotobuf-dev libprotoc-dev libre2-dev libsodium-dev libspdlog-dev
  libsqlite3-dev libssl-dev nlohmann-json3-dev prometheus-cpp-dev protobuf-compiler protobuf-compiler-grpc python3
)
test_packages=(
  buildah mmdebstrap # the container image
  prometheus         # the alerts and the dashboard
  clang-format-14 clang-tidy-14 libbenchmark-dev librapidcheck-dev nginx openssl pgbouncer postgresql-15 shellcheck valgrind
)

packages=("${build_packages[@]}")
if [[ "${1:-}" == --test ]]; then
  packages+=("${test_packages[@]}")
  # Node from elsewhere does as well, and Debian's npm would conflict with it.
  command -v npm >/dev/null || packages+=(nodejs npm)
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ "$status" == installed ]] || missing+=("$package")
done
if ((${#missing[@]} == 0)); then exit 0; fi

sudo=()
if ((EUID != 0)); then sudo=(sudo); fi
echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${sudo[@]}" apt-get update -q
"${sudo[@]}" apt-get install -q -y --no-install-recommends "${missing[@]}"
