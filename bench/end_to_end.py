#!/usr/bin/env python3
"""Times the real programs: an import of 100 000 subscribers, one that changes nothing, and matching a book.

  bench/end_to_end.py OUTPUT.json
"""

import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(__file__).resolve().parent.parent / "build/release"
SUBSCRIBERS = 100_000
CONTACTS = 1_000


def write_directory(path):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["aor", "numbers", "extension", "enabled", "discoverable"])
        for i in range(SUBSCRIBERS):
            writer.writerow([f"sip:{i}@acme.example", f"+4930{20_000_000 + i};+49171{2_000_000 + i}", "", "true", "true"])


def write_book(path):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Name", "Phone"])
        for i in range(CONTACTS):
            # One in twenty is a subscriber.
            number = f"+4930{20_000_000 + i}" if i % 20 == 0 else f"+4989{20_000_000 + i}"
            writer.writerow([f"Contact {i}", number])


def start(directory):
    process = subprocess.Popen(
        [BUILD / "service/smart-contactsd", "serve", "--dev", "--data-directory", directory,
         "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"],
        stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        entry = json.loads(line)
        if entry["message"] == "serving":
            return process, entry
    raise SystemExit("the server did not come up")


def resident_bytes(process):
    pages = pathlib.Path(f"/proc/{process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def main():
    figures = {"subscribers": SUBSCRIBERS, "contacts": CONTACTS}
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        server, entry = start(directory)
        try:
            def run(*command):
                begin = time.monotonic()
                output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                return time.monotonic() - begin, output

            def admin(*command):
                return run(BUILD / "client/programs/smart-contacts-admin", *command, "--server", entry["admin_listen"],
                           "--admin-token-file", directory / "dev-admin.token")

            def match():
                return run(BUILD / "client/programs/smart-contacts", "match", directory / "book.csv", "--server",
                           entry["listen"], "--plaintext", "--token-file", directory / "token")

            write_directory(directory / "directory.csv")
            write_book(directory / "book.csv")
            admin("tenant", "create", "acme", "--sip-domain", "acme.example", "--region", "DE")
            figures["import_s"] = admin("directory", "import", "acme", directory / "directory.csv")[0]
            figures["import_unchanged_s"] = admin("directory", "import", "acme", directory / "directory.csv")[0]
            token = run(BUILD / "client/programs/smart-contacts-admin", "token", "mint", "--key-file",
                        directory / "dev-signing-key.jwk", "--tenant", "acme", "--aor", "sip:1@acme.example")[1]
            (directory / "token").write_text(token)
            (directory / "token").chmod(0o600)
            figures["first_match_s"] = match()[0]
            figures["match_s"] = min(match()[0] for _ in range(5))
            figures["set_one_s"] = min(
                admin("directory", "set", "acme", "sip:1@acme.example", "--number", f"+49302999{i:04}")[0]
                for i in range(5))
            figures["server_resident_bytes"] = resident_bytes(server)
        finally:
            server.terminate()
            server.wait()
        figures["database_bytes"] = (directory / "smart-contacts.db").stat().st_size
    pathlib.Path(sys.argv[1]).write_text(json.dumps(figures, indent=1))


main()
