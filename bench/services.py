"""A PostgreSQL and servers of a measurement's own, in temporary directories. As root, PostgreSQL runs as the user
postgres."""

import json
import os
import pathlib
import pwd
import socket
import subprocess
import time

BUILD = pathlib.Path(__file__).resolve().parent.parent / "build/release"
POSTGRES = pathlib.Path("/usr/lib/postgresql/15/bin")


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
    def __init__(self, directory, postgres=None):
        self.directory = directory
        self.log = open(directory / "log", "w+")
        self.process = subprocess.Popen(
            [BUILD / "service/smart-contactsd", "serve", "--dev", "--data-directory", directory, "--listen",
             "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
             *(postgres.databases("smart_contacts") if postgres else ())], stderr=self.log)
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

    def mint_token(self):
        token = subprocess.run(
            [BUILD / "client/programs/smart-contacts-admin", "token", "mint", "--key-file",
             self.directory / "dev-signing-key.jwk", "--tenant", "acme", "--aor", "sip:1@acme.example"],
            check=True, capture_output=True, text=True).stdout
        (self.directory / "token").write_text(token)
        (self.directory / "token").chmod(0o600)

    def policy(self):
        self.mint_token()
        subprocess.run([BUILD / "client/programs/smart-contacts", "policy", "--server", self.address, "--plaintext",
                        "--token-file", self.directory / "token"], check=True, stdout=subprocess.DEVNULL)

    def peak_mib(self):
        return self.memory_mib("VmHWM")

    def resident_mib(self):
        return self.memory_mib("VmRSS")

    def memory_mib(self, kind):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(kind):
                return int(line.split()[1]) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait()
