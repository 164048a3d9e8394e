#!/usr/bin/env python3
"""Private matches against directories of several sizes, with the real programs from start to exit.

  bench/private_match.py [SUBSCRIBERS...]      1 000, 10 000, 100 000 and 1 000 000 if not given

A book of 500 contacts, of whom a tenth are subscribers. Embedded storage, plaintext on loopback. "Again" is the next day:
50 subscribers have joined, 50 have left, no contact is new.
"""

import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

from services import BUILD, Server, spaced

SIZES = [int(size) for size in sys.argv[1:]] or [1_000, 10_000, 100_000, 1_000_000]
CONTACTS = 500
CHANGES = 100


def number(i):
    return f"+4930{20_000_000 + i}"


def write_directory(path, subscribers):
    lines = [f"sip:{i}@acme.example,{number(i)},,true,true" for i in range(subscribers)]
    path.write_text("aor,numbers,extension,enabled,discoverable\n" + "\n".join(lines) + "\n")


def write_book(path, subscribers):
    known = CONTACTS // 10
    numbers = [number(i * (subscribers // known)) for i in range(known)]
    numbers += [f"+4989{10_000_000 + i}" for i in range(CONTACTS - known)]
    path.write_text("".join(f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{n}\r\nTEL:{n}\r\nEND:VCARD\r\n" for n in numbers))


def match(server, *options):
    """The document, the wall-clock time and the client's own CPU time."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.monotonic()
    done = subprocess.run(
        [BUILD / "client/programs/smart-contacts", "match", server.directory / "book.vcf", "--server", server.address,
         "--plaintext", "--token-file", server.directory / "token", "--output", "json", *options],
        capture_output=True, text=True)
    seconds = time.monotonic() - begin
    if done.returncode:
        raise SystemExit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return json.loads(done.stdout), seconds, cpu


def until_sealed(server, revision):
    """Waits until a client with a state of its own sees the revision."""
    while True:
        done = subprocess.run(
            [BUILD / "client/programs/smart-contacts", "match", server.directory / "nobody.vcf", "--private",
             "--state-file", server.directory / "probe", "--server", server.address, "--plaintext", "--token-file",
             server.directory / "token", "--output", "json"], capture_output=True, text=True)
        if done.returncode == 0 and json.loads(done.stdout)["revision"] >= revision:
            return
        time.sleep(0.1)


def measure(subscribers):
    with tempfile.TemporaryDirectory() as directory:
        server = Server(pathlib.Path(directory))
        try:
            server.admin("tenant", "create", "acme", "--sip-domain", "acme.example", "--region", "DE")
            write_directory(server.directory / "directory.csv", subscribers)
            server.admin("directory", "import", "acme", server.directory / "directory.csv")
            server.mint_token()
            write_book(server.directory / "book.vcf", subscribers)
            (server.directory / "nobody.vcf").write_text(
                "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Nobody\r\nTEL:+498912345\r\nEND:VCARD\r\n")
            server.policy()
            begin = time.monotonic()
            server.admin("tenant", "update", "acme", "--private-mode", "offered")
            until_sealed(server, 1)
            sealing = time.monotonic() - begin
            plain, plain_seconds, _ = match(server)
            private = ("--private", "--state-file", server.directory / "state")
            first, first_seconds, first_cpu = match(server, *private)
            if first["matches"] != plain["matches"] or len(plain["matches"]) < CONTACTS // 10:
                raise SystemExit("the private match differs from the plain one")
            step = subscribers // (CONTACTS // 10)
            gone = {i * step + 1 for i in range(CHANGES // 2)}  # nobody's contacts
            lines = [f"sip:new{i}@acme.example,+4940{10_000_000 + i},,true,true" for i in range(CHANGES // 2)]
            lines += [f"sip:{i}@acme.example,{number(i)},,true,true" for i in range(subscribers) if i not in gone]
            (server.directory / "directory.csv").write_text(
                "aor,numbers,extension,enabled,discoverable\n" + "\n".join(lines) + "\n")
            server.admin("directory", "import", "acme", server.directory / "directory.csv")
            until_sealed(server, 2)
            again, again_seconds, again_cpu = match(server, *private)
            if again["matches"] != plain["matches"] or again["evaluated"] or again["revision"] != 2:
                raise SystemExit("the second private match is not what it should be")
            print(f"| {spaced(subscribers)} | {sealing:.1f} s | {plain_seconds * 1000:.0f} ms | {first_seconds * 1000:.0f} ms, "
                  f"{first_cpu * 1000:.0f} ms | {spaced(first['downloaded_bytes'] / 1000)} kB | "
                  f"{again_seconds * 1000:.0f} ms, {again_cpu * 1000:.0f} ms | "
                  f"{again['downloaded_bytes'] / 1000:.1f} kB |", flush=True)
        finally:
            server.stop()


def main():
    print("\n## Private matching: `bench/private_match.py`\n")
    print(f"A book of {CONTACTS} contacts, a tenth of them subscribers. Evaluation and check of the proofs are most of the first "
          f"match; 16 kB go up and as much comes down for it. Again: {CHANGES // 2} subscribers have joined and as many have left, no contact is new.\n")
    print("| subscribers | sealing all | plain match | first private match: time, the client's CPU | sealed directory read | "
          "again: time, CPU | read |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for subscribers in SIZES:
        measure(subscribers)


main()
