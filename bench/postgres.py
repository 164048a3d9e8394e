#!/usr/bin/env python3
"""Imports a large directory into PostgreSQL and loads it into a fresh replica: seconds, rows a second, peak memory.

  bench/postgres.py [SUBSCRIBERS]      1 000 000 if not given, with two numbers each

Makes a PostgreSQL of its own in a temporary directory, with PostgreSQL's default settings and fsync on. Run as root or
as anybody; as root, PostgreSQL runs as the user postgres.
"""

import csv
import pathlib
import sys
import tempfile

from services import Postgres, Server, spaced

SUBSCRIBERS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000


def write_directory(path, changed=0):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["aor", "numbers", "extension", "enabled", "discoverable"])
        for i in range(SUBSCRIBERS):
            number = 30_000_000 + i if i < changed else 20_000_000 + i
            writer.writerow([f"sip:{i}@acme.example", f"+4930{number};+49171{2_000_000 + i}", "", "true", "true"])


def main():
    def say(what, seconds, rows, server):
        print(f"| {what} | {seconds:.2f} s | {spaced(rows / seconds)} | {spaced(server.peak_mib())} MiB |", flush=True)

    with tempfile.TemporaryDirectory() as database_directory, tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        postgres = Postgres(pathlib.Path(database_directory))
        server = None
        try:
            server = Server(directory, postgres)
            path = directory / "directory.csv"
            write_directory(path)
            print("\n## PostgreSQL: `bench/postgres.py`\n")
            print(f"{spaced(SUBSCRIBERS)} subscribers, {spaced(2 * SUBSCRIBERS)} identifiers, PostgreSQL 15 with its default "
                  "settings on the same machine.\n")
            print("| what | time | subscribers a second | the server's peak memory |\n|---|---:|---:|---:|", flush=True)
            server.admin("tenant", "create", "acme", "--sip-domain", "acme.example", "--region", "DE")
            say("`directory import` of all", server.admin("directory", "import", "acme", path), SUBSCRIBERS, server)
            say("the same again, nothing changes", server.admin("directory", "import", "acme", path), SUBSCRIBERS, server)
            write_directory(path, changed=SUBSCRIBERS // 100)
            say("again, one in a hundred has changed", server.admin("directory", "import", "acme", path), SUBSCRIBERS,
                server)
            seconds = min(server.admin("directory", "set", "acme", "sip:1@acme.example", "--number", f"+49302999{i:04}")
                          for i in range(5))
            say("`directory set` of one", seconds, 1, server)
            server.stop()

            server = Server(directory, postgres)
            server.policy()
            seconds = server.await_entry("tenant loaded")["duration_ms"] / 1000
            say("load into a fresh replica", seconds, SUBSCRIBERS, server)
            print(f"\nThat is {spaced(2 * SUBSCRIBERS / seconds)} identifiers a second. The database has " +
                  postgres.query("SELECT pg_size_pretty(pg_database_size('contacts'))") + ".")
        finally:
            if server:
                server.stop()
            postgres.stop()


main()
