#!/usr/bin/env python3
"""Makes the tables of bench/RESULTS.md of what was measured.

  bench/report.py MATCHING.json END_TO_END.json REVERSAL.json OPRF.json
"""

import json
import os
import pathlib
import sys

from services import spaced


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return "unknown processor"


def medians(path):
    runs = json.loads(pathlib.Path(path).read_text())["benchmarks"]
    return {tuple(run["run_name"].split("/")): run for run in runs if run["aggregate_name"] == "median"}


def main():
    matching = medians(sys.argv[1])
    end_to_end = json.loads(pathlib.Path(sys.argv[2]).read_text())
    print("# Measured\n")
    print(f"By `bench/run.sh` on {os.cpu_count()} cores of {processor()}. Written by that script; do not edit.\n")
    print("## Matching a batch of 1 000 digests, of which 5 % are subscribers, on one core\n")
    print("The baseline is `absl::flat_hash_map` doing the same lookups in the same run. Each subscriber has two identifiers.\n")
    print("| subscribers | digests a second | baseline | ratio | bytes an identifier | load | one subscriber changes |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for size in sorted({int(key[1]) for key in matching}):
        snapshot, baseline, load, change = (
            matching[(name, str(size))] for name in ("SnapshotMatch", "FlatHashMap", "LoadSnapshot", "ChangeOfOne"))
        rate, base = snapshot["digests_per_second"], baseline["digests_per_second"]
        print(f"| {size:,} | {rate / 1e6:.1f} M | {base / 1e6:.1f} M | {rate / base:.2f} "
              f"| {snapshot['bytes_per_identifier']:.0f} | {load['real_time'] / 1e3:.1f} ms "
              f"| {change['real_time'] / 1e3:.2f} ms |".replace(",", " "))
    print("\n## The real programs, from start to exit\n")
    print(f"{spaced(end_to_end['subscribers'])} subscribers with two numbers each, SQLite, plaintext on loopback.\n")
    print("| what | measured |")
    print("|---|---:|")
    for name, text in (
            ("import_s", "`directory import` of all"),
            ("import_unchanged_s", "the same again, nothing changes"),
            ("set_one_s", "`directory set` of one"),
            ("first_match_s", f"`match` of {end_to_end['contacts']} contacts"),
            ("match_s", "the same, best of five")):
        print(f"| {text} | {end_to_end[name]:.2f} s |")
    print(f"| the server's resident memory | {end_to_end['server_resident_bytes'] / 2**20:.0f} MiB |")
    print(f"| the database | {end_to_end['database_bytes'] / 2**20:.0f} MiB |")
    report_reversal(json.loads(pathlib.Path(sys.argv[3]).read_text())["benchmarks"][0]["numbers_per_second"])
    report_oprf(json.loads(pathlib.Path(sys.argv[4]).read_text())["benchmarks"])


def report_reversal(rate):
    print("\n## If salt and digests both leak: `reversal_bench`\n")
    print(f"One core tries {rate / 1e6:.2f} M numbers a second, with the code that makes digests, against all digests of a "
          "tenant at once.\n")
    print("| what is tried | numbers | one core takes |")
    print("|---|---:|---:|")
    for what, numbers in (
            ("all numbers of a town (8 digits behind its area code)", 1e8),
            ("all German mobile numbers (15x, 16x, 17x and 8 digits)", 30 * 1e8),
            ("all numbers of North America (10 digits)", 8 * 8 * 1e8),
            ("all E.164 numbers in use (about)", 1.2e10)):
        hours = numbers / rate / 3600
        print(f"| {what} | {spaced(numbers / 1e6)} M | {hours * 60:.1f} min |" if hours < 2 else
              f"| {what} | {spaced(numbers / 1e6)} M | {hours:.1f} h |")


def report_oprf(runs):
    """Rates in elements a second, as the benchmark counts them over all threads."""
    rates = {run["name"]: run["items_per_second"] for run in runs if "items_per_second" in run}
    threads = sorted({int(name.rsplit(":", 1)[1]) for name in rates if "threads:" in name})

    def row(what, of):
        cells = []
        for count in threads:
            name = f"{of}/real_time/threads:{count}"
            bare = rates[f"BareScalarMultiplication/real_time/threads:{count}"]
            cells += [f"{rates[name]:,.0f}", f"{rates[name] / bare:.2f}"] if name in rates else ["", ""]
        print(f"| {what} | " + " | ".join(cells).replace(",", " ") + " |")

    print("\n## The OPRF: `oprf_bench`\n")
    print("Elements a second, and in terms of libsodium's bare scalar multiplication in the same run.\n")
    print("| what | " + " | ".join(f"{count} thread{'s' if count > 1 else ''} | ratio" for count in threads) + " |")
    print("|---|" + "---:|---:|" * len(threads))
    row("`crypto_scalarmult_ristretto255`", "BareScalarMultiplication")
    row("evaluation without proof", "EvaluateWithoutProof/1000")
    row("evaluation with one proof for 1 000", "EvaluateWithProof/1000")
    row("an identifier of the directory: hash, evaluate, finalize", "EvaluateDirectory")
    print(f"\nA client blinds {spaced(rates['ClientBlind/1000'])} and checks and finalizes "
          f"{spaced(rates['ClientFinalize/1000'])} identifiers a second, on one core.")


main()
