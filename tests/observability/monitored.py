"""A real server under some traffic, and a real Prometheus that reads it: in a directory of their own, on free ports."""

import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "helm/smart-contacts/alerts/smart-contacts.yaml"
DASHBOARD = ROOT / "helm/smart-contacts/dashboards/smart-contacts.json"
TENANTS = ("acme", "small")  # the second one has a quota that is soon used up


def die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(what: str, check, seconds: float = 30):
    """What `check` returns once it is something; an error in words after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        result = check()
        if result or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    if not result:
        raise SystemExit(f"waited in vain: {what}")
    return result


class Monitored:
    """Use with `with`. `programs` has the paths of smart-contactsd, smart-contacts-admin, smart-contacts, prometheus."""

    def __init__(self, programs: dict):
        self.programs = programs
        self.fault = None  # of the traffic
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="smart-contacts-observability-"))
        self.processes = []
        self.stopping = threading.Event()
        self.traffic = threading.Thread(target=self._traffic)

    def __enter__(self):
        try:
            self._start_server()
            self._start_prometheus()
            self._make_tenants()
            self.traffic.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stopping.set()
        if self.traffic.is_alive():
            self.traffic.join()
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(self.directory)
        if self.fault is not None:
            raise self.fault

    def spawn(self, name: str, *arguments) -> subprocess.Popen:
        with open(self.directory / f"{name}.log", "w") as log:
            process = subprocess.Popen([str(argument) for argument in arguments], stdout=log, stderr=log,
                                       preexec_fn=die_with_parent)
        self.processes.append(process)
        return process

    def run(self, program: str, *arguments, may_fail: bool = False) -> str:
        done = subprocess.run([self.programs[program], *[str(argument) for argument in arguments]],
                              capture_output=True, text=True, check=False)
        if done.returncode and not may_fail:
            raise SystemExit(f"{program} {arguments[:2]}: {done.stderr}")
        return done.stdout

    def admin(self, *arguments, **options) -> str:
        return self.run("smart-contacts-admin", *arguments, "--server", self.admin_address, "--admin-token-file",
                        self.directory / "admin.token", **options)

    def phone(self, *arguments, token: str = "acme.token", **options) -> str:
        return self.run("smart-contacts", *arguments, "--server", self.address, "--ca-file", self.directory / "tls.crt",
                        "--token-file", self.directory / token, **options)

    def _start_server(self) -> None:
        os.umask(0o077)
        at = self.directory
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", at / "tls.key", "-out", at / "tls.crt", "-days", "30", "-subj", "/CN=contacts",
                        "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        self.run("smart-contacts-admin", "keys", "new-master", at / "master.key")
        self.run("smart-contacts-admin", "token", "new-key", "--key-file", at / "signing.jwk", "--jwks-file",
                 at / "jwks.json")
        (at / "admin.token").write_text("observability-" + os.urandom(16).hex())
        self.spawn("server", self.programs["smart-contactsd"], "serve", "--listen", "127.0.0.1:0", "--admin-listen",
                   "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--data-directory", at / "data", "--tls-cert-file",
                   at / "tls.crt", "--tls-key-file", at / "tls.key", "--master-key-file", at / "master.key",
                   "--jwks-file", at / "jwks.json", "--admin-token-file", at / "admin.token", "--sweep-interval-s", "1")

        def serving():
            for line in (at / "server.log").read_text().splitlines():
                entry = json.loads(line)
                if entry["message"] == "serving":
                    return entry
            if self.processes[0].poll() is not None:
                raise SystemExit((at / "server.log").read_text())
            return None

        entry = eventually("the server serves", serving)
        self.address, self.admin_address = entry["listen"], entry["admin_listen"]
        self.metrics_address = entry["metrics_listen"]

    def _start_prometheus(self) -> None:
        self.port = free_port()
        (self.directory / "prometheus.yaml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(RULES)],
            "scrape_configs": [{"job_name": "smart-contacts", "static_configs": [
                {"targets": [self.metrics_address], "labels": {"namespace": "test"}}]}]}))
        self.spawn("prometheus", self.programs["prometheus"], f"--config.file={self.directory}/prometheus.yaml",
                   f"--storage.tsdb.path={self.directory}/prometheus", f"--web.listen-address=127.0.0.1:{self.port}",
                   "--log.level=warn")
        eventually("Prometheus reads the server", lambda: self._ready() and self.query("smart_contacts_build_info"))

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def ask(self, path: str, **parameters):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{parameters or path}: {json.load(error)['error']}") from None

    def query(self, expression: str) -> list:
        return self.ask("query", query=expression)["result"]

    def query_range(self, expression: str, begin: float, end: float, step: float = 1) -> list:
        return self.ask("query_range", query=expression, start=begin, end=end, step=step)["result"]

    def _make_tenants(self) -> None:
        for tenant in TENANTS:
            self.admin("tenant", "create", tenant, "--sip-domain", f"{tenant}.example", "--region", "DE",
                       "--outside-line-prefix", "0", "--extension-pattern", "[1-9][0-9]{1,5}", "--phone-context",
                       f"{tenant}.example")
        # An account that watches and one that comes and goes; one with a small quota; one of a tenant that is not there.
        for name, tenant, user in (("watching", "acme", 101), ("acme", "acme", 102), ("small", "small", 101),
                                   ("wrong", "nobody", 101)):
            (self.directory / f"{name}.token").write_text(
                self.run("smart-contacts-admin", "token", "mint", "--key-file", self.directory / "signing.jwk",
                         "--tenant", tenant, "--aor", f"sip:{user}@{tenant}.example"))
        self.admin("directory", "import", "acme", ROOT / "examples/directory-acme.csv")
        self.admin("tenant", "update", "acme", "--retention-days", "30", "--privacy-policy-version", "1",
                   "--privacy-policy-uri", "https://acme.example/privacy",
                   "--private-mode", "offered", "--match-quota", "1000000000:1", "--evaluation-quota", "1000000000:1")
        self.admin("tenant", "update", "small", "--match-quota", "2000:1")

    def _traffic(self) -> None:
        try:
            self._call()
        except SystemExit as fault:
            self.fault = fault

    def _call(self) -> None:
        """What callers do, right and wrong, until it is told to stop."""
        at = self.directory
        book = ROOT / "examples/address-book.vcf"
        self.phone("sync", book, "--state-file", at / "watching.state", "--agree-to", "1", token="watching.token")
        self.spawn("watch", self.programs["smart-contacts"], "watch", "--state-file", at / "watching.state", "--server",
                   self.address, "--ca-file", at / "tls.crt", "--token-file", at / "watching.token")
        number = 0
        while not self.stopping.is_set():
            number += 1
            for _ in range(1 + number % 4):
                self.phone("match", book)
            self.phone("match", book, token="small.token", may_fail=True)
            self.phone("policy", token="wrong.token", may_fail=True)
            self.phone("match", book, "--private", "--state-file", at / f"private-{number}.state", may_fail=number < 5)
            self.admin("tenant", "list")
            if number % 3 == 1:
                self.phone("sync", book, "--state-file", at / f"tablet-{number}.state", "--agree-to", "1")
            if number % 6 == 2:
                self.phone("erase", "--yes")
            if number % 6 == 5:
                self.admin("purge", "--tenant", "acme", "--account", "sip:102@acme.example", "--yes")


def panels() -> list:
    return [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["type"] != "row"]


def rows() -> list:
    return [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["type"] == "row"]


def filled_in(expression: str, window: str = "10s") -> str:
    """With what Grafana puts in place of its variables."""
    for name, value in {"$__rate_interval": window, "$__range": "5m", "$namespace": ".*", "$job": ".*"}.items():
        expression = expression.replace(name, value)
    assert "$" not in expression, expression
    return expression


def metric_names(expression: str) -> set:
    return {re.sub(r"_(bucket|sum|count)$", "", name)
            for name in re.findall(r"\b(?<!:)((?:smart_contacts|process)_\w+)\b(?!:)", expression)}
