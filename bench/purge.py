#!/usr/bin/env python3
"""Purges a tenant's retained contacts from PostgreSQL beside live matching: how long that takes, and what the matches
felt of it.

  bench/purge.py [CONTACTS]      10 000 000 if not given, 1 000 in each address book

Makes a PostgreSQL of its own in a temporary directory, with PostgreSQL's default settings and fsync on. The contacts are
put into the tables directly, as tags that match nobody; purging does not look at what they are.
"""

import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from services import BUILD, Postgres, Server, spaced

CONTACTS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
CONTACTS_PER_BOOK = 1_000
REQUESTS_PER_SECOND = 100
DIGESTS_PER_REQUEST = 1_000
BASELINE_S = 30


class Load:
    """Matches at a steady rate from its making to stop()."""

    def __init__(self, server):
        self.process = subprocess.Popen(
            [BUILD / "bench/match_load", server.address, server.directory / "token", str(REQUESTS_PER_SECOND),
             str(DIGESTS_PER_REQUEST)], stdout=subprocess.PIPE, text=True)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        return json.loads(self.process.communicate()[0])


def retain(postgres):
    """Address books whose contacts are random."""
    books = CONTACTS // CONTACTS_PER_BOOK
    postgres.query(f"""
        SET search_path = smart_contacts;
        INSERT INTO address_books (tenant_id, account_tag, device_tag, sealed_device, book_id, version, epoch,
            retained_count, recent_syncs, content_tag, privacy_policy_version, agree_time, sync_time)
        SELECT 'acme', decode(md5('account' || n), 'hex'), decode(md5('device' || n), 'hex'), '', n, 1, 1,
            {CONTACTS_PER_BOOK}, '', decode(md5(''), 'hex'), '1', 0, (extract(epoch FROM now()) * 1000000)::bigint
        FROM generate_series(1, {books}) n;
        INSERT INTO retained_contacts (tenant_id, book_id, contact_tag)
        SELECT 'acme', n, decode(md5(n || '/' || c), 'hex')
        FROM generate_series(1, {books}) n, generate_series(1, {CONTACTS_PER_BOOK}) c;
        ANALYZE address_books; ANALYZE retained_contacts""", "contacts")


def main():
    with tempfile.TemporaryDirectory() as database_directory, tempfile.TemporaryDirectory() as directory:
        postgres = Postgres(pathlib.Path(database_directory))
        server = None
        try:
            server = Server(pathlib.Path(directory), postgres)
            server.admin("tenant", "create", "acme", "--sip-domain", "acme.example", "--region", "DE",
                         "--match-quota", "1000000000:1000000000")
            server.mint_token()
            retain(postgres)
            load = Load(server)
            time.sleep(BASELINE_S)
            before = load.stop()
            load = Load(server)
            seconds = server.admin("purge", "--tenant", "acme", "--yes")
            during = load.stop()
            left = postgres.query("SELECT count(*) FROM smart_contacts.retained_contacts", "contacts")
            if left != "0" or before["failed"] or during["failed"]:
                raise SystemExit(f"{left} contacts are left; failed matches: {before['failed']}, {during['failed']}")
            print("\n## Purging beside live matching: `bench/purge.py`\n")
            print(f"{spaced(CONTACTS)} retained contacts in {spaced(CONTACTS / CONTACTS_PER_BOOK)} address books on PostgreSQL "
                  f"15 with its default settings; {REQUESTS_PER_SECOND} matches a second of {spaced(DIGESTS_PER_REQUEST)} "
                  "digests, on the same machine, each timed from when it was due.\n")
            print("| what | measured |\n|---|---:|")
            print(f"| purge of all | {seconds:.1f} s, {spaced(CONTACTS / seconds)} contacts a second |")
            print(f"| matches before: p50, p99 | {before['p50_ms']:.2f} ms, {before['p99_ms']:.2f} ms |")
            print(f"| matches during the purge: p50, p99 | {during['p50_ms']:.2f} ms, {during['p99_ms']:.2f} ms |")
            print(f"| p99 during, in terms of p99 before | {during['p99_ms'] / before['p99_ms']:.2f} |")
        finally:
            if server:
                server.stop()
            postgres.stop()


main()
