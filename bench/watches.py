#!/usr/bin/env python3
"""Opens a watch for each of many devices, each on a connection of its own: the server's memory, and how long it takes
until all have heard of somebody who joined.

  bench/watches.py [DEVICES]      10 000 if not given

Embedded storage, plaintext on loopback.
"""

import json
import pathlib
import resource
import subprocess
import sys
import tempfile

from services import BUILD, Server, spaced

DEVICES = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000


def main():
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        server = Server(directory)
        try:
            server.admin("tenant", "create", "acme", "--sip-domain", "acme.example", "--region", "DE",
                         "--retention-days", "30", "--privacy-policy-version", "1", "--privacy-policy-uri",
                         "https://acme.example/privacy")
            lines = [f"sip:{i}@acme.example,+4930{20_000_000 + i},,true,true" for i in range(DEVICES)]
            path = directory / "directory.csv"
            path.write_text("aor,numbers,extension,enabled,discoverable\n" + "\n".join(lines) + "\n")
            server.admin("directory", "import", "acme", path)
            load = subprocess.Popen(
                [BUILD / "bench/watch_load", server.address, directory / "dev-signing-key.jwk", str(DEVICES)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            if load.stdout.readline() != "watching\n":
                raise SystemExit("the devices could not watch")
            resident = server.resident_mib()
            load.stdin.write("go\n")
            load.stdin.flush()
            server.admin("directory", "set", "acme", "sip:joiner@acme.example", "--number", "+493023125999")
            felt = json.loads(load.stdout.readline())
            load.kill()
            load.wait()
            print("\n## Watching: `bench/watches.py`\n")
            print(f"{spaced(DEVICES)} devices with 200 contacts each, every one on a connection of its own.\n")
            print("| what | measured |\n|---|---:|")
            print(f"| the server's resident memory with all of them open | {spaced(resident)} MiB |")
            print(f"| from a joiner to the median device, to 99 of 100 | {felt['p50_ms']:.0f} ms, {felt['p99_ms']:.0f} ms |")
            if resident > 1024:
                raise SystemExit("more than 1 GiB")
        finally:
            server.stop()


main()
