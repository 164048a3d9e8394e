#!/usr/bin/env bash
# Measures on this machine and writes bench/RESULTS.md. Needs nothing but what scripts/install-deps.sh --test installs;
# let nothing else run meanwhile.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cmake --preset release -DSMART_CONTACTS_BUILD_BENCHMARKS=ON >/dev/null
cmake --build --preset release --target matching_bench match_load oprf_bench reversal_bench watch_load smart-contactsd smart-contacts smart-contacts-admin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build/release/bench/matching_bench --benchmark_repetitions=3 --benchmark_report_aggregates_only=true \
  --benchmark_format=json >"$work/matching.json"
build/release/bench/reversal_bench --benchmark_format=json >"$work/reversal.json"
build/release/bench/oprf_bench --benchmark_format=json >"$work/oprf.json"
bench/end_to_end.py "$work/end_to_end.json"
{
  bench/report.py "$work/matching.json" "$work/end_to_end.json" "$work/reversal.json" "$work/oprf.json"
  bench/postgres.py
  bench/purge.py
  bench/watches.py
  bench/private_match.py
} >bench/RESULTS.md
cat bench/RESULTS.md
