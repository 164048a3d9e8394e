#!/usr/bin/env bash
# Everything that must hold, from a fresh Debian 12 machine to the test runner's summary: formatting, linters, and the
# tests in three builds (as released; address and undefined-behaviour sanitizers; thread sanitizer). About 45 minutes
# on two cores the first time, a few with what ccache and build/ have kept.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step() { printf '\n== %s, after %d s\n' "$*" "$SECONDS"; }
sources() { find cli client crypto domain service storage tests bench -name node_modules -prune -o -name "$1" -print; }

step "Packages"
scripts/install-deps.sh --test
jobs=$(nproc)
# Tests wait for the programs that they start, more than they work.
waiting_jobs=$((jobs * 3 / 2))

step "Formatting and shell scripts"
{ sources '*.h'; sources '*.cc'; } | xargs clang-format-14 --dry-run -Werror
shellcheck .ci/run bench/*.sh scripts/*.sh tests/*/*.sh

step "Release build"
cmake --preset release -DSMART_CONTACTS_BUILD_BENCHMARKS=ON
cmake --build --preset release

step "Linter (clang-tidy)"
# The sources of a library are read together, because headers take most of the time. Clang cannot read the compiler's
# precompiled ones.
cmake --preset tidy
cmake --build build/tidy --target generated_sources
grep -oP '"file": "\K[^"]+' build/tidy/compile_commands.json | grep -v "^$PWD/build/tidy/proto/" |
  xargs -P "$jobs" -n 1 clang-tidy-14 -p build/tidy --quiet 2>build/tidy/log || { cat build/tidy/log; exit 1; }

step "Tests under AddressSanitizer and UndefinedBehaviorSanitizer"
cmake --preset asan
cmake --build --preset asan
ctest --preset asan -j "$waiting_jobs"

step "Tests of concurrency under ThreadSanitizer"
cmake --preset tsan
cmake --build --preset tsan --target concurrency_tests
ctest --preset tsan -L concurrency -j "$waiting_jobs"

step "All tests, as released"
exec ctest --preset release -j "$waiting_jobs"
