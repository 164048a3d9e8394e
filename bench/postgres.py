#!/usr/bin/env python3
"""Imports a large directory into PostgreSQL and loads it into a fresh replica: seconds, rows a second, peak memory.

  bench/postgres.py [SUBSCRIBERS]      1 000 000 if not given, with two numbers each

Makes a PostgreSQL of its own in a temporary directory, with PostgreSQL's default settings and fsync on. Run as root or
as anybody; as root, PostgreSQL runs as the user postgres.
"""

import csv
import json
import os
import pathlib
import pwd
import socket
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(__file__).resolve().parent.parent / "build/release"
POSTGRES = pathlib.Path("/usr/lib/postgresql/15/bin")
SUBSCRIBERS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000


def spaced(number):
    return f"{number:,.0f}".replace(",", " ")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Postgres:
    def __init__(self, directory):
        self.port = free_port()
        self.user = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        if self.user:
            account = pwd.getpwnam("postgres")
            os.chown(directory, account.pw_uid, account.pw_gid)
        data = directory / "data"
        subprocess.run([POSTGRES / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale",
                        "C.UTF-8"], check=True, stdout=subprocess.DEVNULL, cwd="/", **self.user)
        self.process = subprocess.Popen(
            [POSTGRES / "postgres", "-D", data, "-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-c",
             f"unix_socket_directories={directory}"], stderr=subprocess.DEVNULL, cwd="/", **self.user)
        while subprocess.run([POSTGRES / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode:
            time.sleep(0.1)
        for sql in ("CREATE ROLE smart_contacts_owner LOGIN", "CREATE ROLE smart_contacts LOGIN",
                    "CREATE DATABASE contacts OWNER smart_contacts_owner",
                    "CREATE DATABASE contacts_keys OWNER smart_contacts_owner"):
            self.query(sql)
        subprocess.run([BUILD / "service/smart-contactsd", "migrate", "up", *self.databases("smart_contacts_owner")],
                       check=True, stdout=subprocess.DEVNULL)

    def databases(self, user):
        base = f"postgresql://{user}@127.0.0.1:{self.port}/contacts"
        return "--database", base, "--key-database", base + "_keys"

    def query(self, sql, database="postgres"):
        return subprocess.run(["psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database, "-Atc",
                               sql], check=True, capture_output=True, text=True).stdout.strip()

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Server:
    def __init__(self, directory, postgres):
        self.directory = directory
        self.log = open(directory / "log", "w+")
        self.process = subprocess.Popen(
            [BUILD / "service/smart-contactsd", "serve", "--dev", "--data-directory", directory, "--listen",
             "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", *postgres.databases("smart_contacts")], stderr=self.log)
        entry = self.await_entry("serving")
        self.address, self.admin_address = entry["listen"], entry["admin_listen"]

    def await_entry(self, message):
        while self.process.poll() is None:
            for line in (self.directory / "log").read_text().splitlines():
                entry = json.loads(line)
                if entry["message"] == message:
                    return entry
            time.sleep(0.05)
        raise SystemExit((self.directory / "log").read_text())

    def admin(self, *command):
        begin = time.monotonic()
        done = subprocess.run([BUILD / "client/programs/smart-contacts-admin", *command, "--server", self.admin_address,
                               "--admin-token-file", self.directory / "dev-admin.token"], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr + (self.directory / "log").read_text())
        return time.monotonic() - begin

    def policy(self):
        token = subprocess.run(
            [BUILD / "client/programs/smart-contacts-admin", "token", "mint", "--key-file",
             self.directory / "dev-signing-key.jwk", "--tenant", "acme", "--aor", "sip:1@acme.example"],
            check=True, capture_output=True, text=True).stdout
        (self.directory / "token").write_text(token)
        (self.directory / "token").chmod(0o600)
        subprocess.run([BUILD / "client/programs/smart-contacts", "policy", "--server", self.address, "--plaintext",
                        "--token-file", self.directory / "token"], check=True, stdout=subprocess.DEVNULL)

    def peak_mib(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait()


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
