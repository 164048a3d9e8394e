"""The image as it is shipped, unpacked: what is in it, what is not, and that its server serves from a read-only root.

Run by run.sh, which builds the image and gives this a mount and a process namespace of its own.
"""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import unittest
import urllib.request

SOURCE = pathlib.Path(__file__).resolve().parents[2]
WORK = pathlib.Path(os.environ["IMAGE_TEST_WORK"])
OUTPUT = pathlib.Path(sys.argv.pop(1))
VERSION = (SOURCE / "VERSION").read_text().strip()
PROGRAMS = ["smart-contacts", "smart-contacts-admin", "smart-contactsd"]
BYTES_MAX = 150_000_000
USER = 65532
# Packages that no library is loaded from: data, and the licence of GCC's libraries.
DATA_PACKAGES = {"base-files", "ca-certificates", "gcc-12-base", "tzdata"}
DATA_DIRECTORY = "/var/lib/smart-contacts"


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, text=True, **options)


class Image:
    """The archive, its one layer unpacked under `root`, and its configuration."""

    def __init__(self):
        self.archive = OUTPUT / f"smart-contacts-{VERSION}.oci.tar"
        layout = WORK / "layout"
        self.root = WORK / "root"
        layout.mkdir()
        self.root.mkdir()
        run("tar", "-xf", self.archive, "-C", layout)

        def blob(descriptor):
            return layout / "blobs" / descriptor["digest"].replace(":", "/")

        manifests = json.loads((layout / "index.json").read_text())["manifests"]
        manifest = json.loads(blob(manifests[0]).read_text())
        self.configuration = json.loads(blob(manifest["config"]).read_text())["config"]
        self.layers = len(manifest["layers"])
        for layer in manifest["layers"]:
            run("tar", "--numeric-owner", "-xpzf", blob(layer), "-C", self.root)
        self.paths = sorted(self.root.rglob("*"))
        self.files = [path for path in self.paths if path.is_file() and not path.is_symlink()]
        self.sbom_path = self.root / "usr/share/doc/smart-contacts/sbom.cdx.json"
        self.sbom = json.loads(self.sbom_path.read_text())

    def name(self, path):
        return "/" + str(path.relative_to(self.root))

    def command(self, *arguments):
        """A program in the image, as its user: no group but its own, no capability, and none to be had."""
        return ["setpriv", "--no-new-privs", "chroot", f"--userspec={USER}:{USER}", "--groups=", str(self.root), *arguments]

    def environment(self, **more):
        return dict(entry.split("=", 1) for entry in self.configuration["Env"]) | more


class Contents(unittest.TestCase):
    def test_it_is_small(self):
        self.assertLess(sum(path.stat().st_size for path in image.files), BYTES_MAX)
        self.assertLess(image.archive.stat().st_size, BYTES_MAX)
        self.assertEqual(image.layers, 1)

    def test_its_configuration_is_that_of_an_unprivileged_server(self):
        configuration = image.configuration
        self.assertEqual(configuration["User"], f"{USER}:{USER}")
        self.assertEqual(configuration["Entrypoint"], ["/usr/bin/smart-contactsd"])
        self.assertEqual(configuration["Cmd"], ["serve"])
        self.assertEqual(configuration["StopSignal"], "SIGTERM")
        self.assertEqual(set(configuration["ExposedPorts"]), {"8443/tcp", "8444/tcp", "8445/tcp", "9464/tcp"})
        self.assertEqual([entry.split("=")[0] for entry in configuration["Env"]], ["PATH"])

    def test_its_labels_say_what_it_is(self):
        labels = image.configuration["Labels"]
        prefix = "org.opencontainers.image."
        self.assertEqual({name.removeprefix(prefix) for name in labels},
                         {"title", "description", "version", "revision", "licenses"})
        self.assertEqual(labels[prefix + "version"], VERSION)
        self.assertEqual(labels[prefix + "licenses"], "Apache-2.0")
        head = run("git", "-C", SOURCE, "rev-parse", "HEAD", stdout=subprocess.PIPE).stdout.strip()
        self.assertEqual(labels[prefix + "revision"].removesuffix("-modified"), head)

    def test_nothing_in_it_can_be_executed_but_the_programs_and_their_loader(self):
        executable = {image.name(path) for path in image.files if path.stat().st_mode & 0o111}
        # Executed by itself, the C library prints its version.
        loaders = {name for name in executable if re.fullmatch(r"/usr/lib.*/(ld-linux[^/]*|libc)\.so\.\d", name)}
        self.assertEqual(executable - loaders, {f"/usr/bin/{name}" for name in PROGRAMS})
        tools = {"sh", "bash", "dash", "busybox", "perl", "python3", "dpkg", "apt", "apt-get", "env", "openssl"}
        self.assertEqual([image.name(path) for path in image.paths if path.name in tools and not path.is_dir()], [])
        scripts = [image.name(path) for path in image.files if path.read_bytes()[:2] == b"#!"]
        self.assertEqual(scripts, [])

    def test_nothing_is_set_user_id_or_writable_but_the_data_directory(self):
        for path in image.paths:
            status = path.lstat()
            self.assertEqual(status.st_mode & 0o6000, 0, image.name(path))
            if image.name(path) == DATA_DIRECTORY:
                self.assertEqual((status.st_uid, status.st_gid, status.st_mode & 0o777), (USER, USER, 0o700))
            else:
                self.assertEqual((status.st_uid, status.st_gid), (0, 0), image.name(path))
                if not path.is_symlink():
                    self.assertEqual(status.st_mode & 0o022, 0, image.name(path))

    def test_no_link_leads_nowhere(self):
        for path in image.paths:
            if path.is_symlink():
                target = os.readlink(path)
                inside = image.root / target.lstrip("/") if target.startswith("/") else path.parent / target
                self.assertTrue(inside.exists(), f"{image.name(path)} -> {target}")

    def test_there_is_no_secret_and_nothing_of_the_machine_that_built_it(self):
        key = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]{40}")
        for path in image.files:
            self.assertNotIn(path.suffix, [".jwk", ".key", ".token", ".p12"], image.name(path))
            contents = path.read_bytes()
            # GnuTLS tests itself with keys that everybody knows.
            if not path.name.startswith("libgnutls.so."):
                self.assertIsNone(key.search(contents), image.name(path))
            self.assertNotIn(str(SOURCE).encode() + b"/", contents, image.name(path))

    def test_clients_find_certificates_to_trust(self):
        bundle = (image.root / "etc/ssl/certs/ca-certificates.crt").read_text()
        self.assertGreater(bundle.count("-----BEGIN CERTIFICATE-----"), 100)


class BillOfMaterials(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.components = {component["name"]: component for component in image.sbom["components"]}
        cls.owner = {}
        cls.checksum = {}
        for name in cls.components:
            folder = image.root / "var/lib/dpkg/status.d"
            sums = re.findall(r"^(\w{32})  (.+)$", (folder / f"{name}.md5sums").read_text(), re.MULTILINE)
            conffiles = re.findall(r"^ /(\S+) (\w{32})$", (folder / name).read_text(), re.MULTILINE)
            conffiles = [(sum, path) for path, sum in conffiles if (image.root / path).exists()]
            for sum, path in sums + conffiles:
                real = image.name((image.root / path).resolve())
                cls.owner[real] = name
                cls.checksum[real] = sum

    def test_it_follows_the_schema(self):
        run("node", SOURCE / "tests/image/validate_sbom.mjs", image.sbom_path)

    def test_the_one_beside_the_image_is_the_one_in_it(self):
        beside = OUTPUT / f"smart-contacts-{VERSION}.cdx.json"
        self.assertEqual(beside.read_bytes(), image.sbom_path.read_bytes())

    def test_it_names_every_package_that_scanners_find_and_no_other(self):
        found = {}
        for path in (image.root / "var/lib/dpkg/status.d").iterdir():
            if path.suffix != ".md5sums":
                found[path.name] = re.search(r"^Version: (.+)$", path.read_text(), re.MULTILINE).group(1)
        self.assertEqual({name: component["version"] for name, component in self.components.items()}, found)
        for name, component in self.components.items():
            purl = component["purl"]
            quoted = [name.replace("+", "%2B"), component["version"].replace("+", "%2B").replace(":", "%3A")]
            self.assertTrue(purl.startswith("pkg:deb/debian/{}@{}?arch=".format(*quoted)), purl)

    def test_it_names_the_project_and_its_programs(self):
        project = image.sbom["metadata"]["component"]
        self.assertEqual((project["name"], project["version"]), ("smart-contacts", VERSION))
        for file in project["components"]:
            contents = (image.root / file["name"].lstrip("/")).read_bytes()
            self.assertEqual(file["hashes"][0]["content"], hashlib.sha256(contents).hexdigest())
        self.assertEqual({file["name"] for file in project["components"]}, {f"/usr/bin/{name}" for name in PROGRAMS})

    def test_every_file_of_a_listed_package_is_there_as_it_was_packaged(self):
        for path, checksum in self.checksum.items():
            contents = (image.root / path.lstrip("/")).read_bytes()
            self.assertEqual(hashlib.md5(contents).hexdigest(), checksum, path)

    def test_every_file_belongs_to_a_listed_package_or_to_the_project(self):
        ours = re.compile(
            r"/usr/bin/smart-contacts(-admin|d)?|/etc/(group|nsswitch\.conf|passwd)|/etc/ssl/certs/ca-certificates\.crt"
            r"|/usr/share/doc/smart-contacts/(copyright|sbom\.cdx\.json)|/var/lib/dpkg/status\.d/[^/]+")
        strays = [image.name(path) for path in image.files
                  if image.name(path) not in self.owner and not ours.fullmatch(image.name(path))]
        self.assertEqual(strays, [])

    def test_every_library_of_the_programs_belongs_to_a_listed_package_and_every_package_has_a_use(self):
        used = set()
        loader = next(path for path in (image.root / "usr").rglob("ld-linux*.so.*") if not path.is_symlink())
        for program in PROGRAMS:
            listing = run(*image.command(image.name(loader), "--list", f"/usr/bin/{program}"), stdout=subprocess.PIPE)
            libraries = re.findall(r"(/\S+) \(0x", listing.stdout)
            self.assertGreater(len(libraries), 20)
            for library in libraries:
                used.add(self.owner[image.name((image.root / library.lstrip("/")).resolve())])
        self.assertEqual(used | DATA_PACKAGES, set(self.components))

    def test_every_package_comes_with_its_licence(self):
        for name in self.components:
            self.assertGreater((image.root / "usr/share/doc" / name / "copyright").stat().st_size, 0)


class Programs(unittest.TestCase):
    """All of this runs in the image, with its root read-only and its data directory as the only mount."""

    @classmethod
    def setUpClass(cls):
        cls.data = WORK / "data"
        cls.data.mkdir(mode=0o700)
        authority = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        run("openssl", "req", "-x509", *authority, "-subj", "/CN=test authority", "-keyout", WORK / "ca.key",
            "-out", cls.data / "ca.crt", stderr=subprocess.DEVNULL)
        run("openssl", "req", "-x509", *authority, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
            "-addext", "basicConstraints=critical,CA:FALSE", "-CA", cls.data / "ca.crt", "-CAkey", WORK / "ca.key",
            "-keyout", cls.data / "tls.key", "-out", cls.data / "tls.crt", stderr=subprocess.DEVNULL)
        for name in ["directory-acme.csv", "address-book.vcf"]:
            shutil.copy(SOURCE / "examples" / name, cls.data)
        (cls.data / "admin.token").write_text(os.urandom(24).hex())
        for path in [cls.data, *cls.data.iterdir()]:
            os.chown(path, USER, USER)
        # A container runtime brings this file.
        (image.root / "etc/hosts").write_text("127.0.0.1 localhost\n")
        # These end with the namespace, whatever becomes of this test.
        run("mount", "--bind", image.root, image.root)
        run("mount", "--bind", cls.data, image.root / DATA_DIRECTORY.lstrip("/"))
        run("mount", "-o", "remount,bind,ro", image.root)

    def program(self, name, *arguments, expect=0, **environment):
        result = subprocess.run(image.command(f"/usr/bin/{name}", *arguments), env=image.environment(**environment),
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(result.returncode, expect, f"{name} {arguments}: {result.stdout}{result.stderr}")
        return result.stdout + result.stderr

    def test_the_root_is_read_only_and_the_data_directory_is_not(self):
        for folder in ["", "etc", "usr/bin", "var/lib"]:
            with self.assertRaisesRegex(OSError, "Read-only file system"):
                (image.root / folder / "probe").touch()
        probe = image.root / DATA_DIRECTORY.lstrip("/") / "probe"
        probe.touch()
        probe.unlink()

    def test_every_program_runs(self):
        for name in PROGRAMS:
            self.assertEqual(self.program(name, "--version").strip(), f"{name} {VERSION}")
            self.assertIn("Usage:", self.program(name, "--help"))
        self.assertEqual(self.program("smart-contactsd", "version").strip(), f"smart-contactsd {VERSION}")

    def start(self, **environment):
        """Starts the image as a container runtime does: its entry point and command, options from the environment."""
        log = WORK / "server.log"
        with open(log, "w") as stream:
            server = subprocess.Popen(
                image.command(*image.configuration["Entrypoint"], *image.configuration["Cmd"]),
                env=image.environment(**environment), stdout=stream, stderr=stream)

        def stop():
            server.kill()
            server.wait()

        self.addCleanup(stop)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for line in log.read_text().splitlines():
                if '"serving"' in line:
                    return server, json.loads(line)
            self.assertIsNone(server.poll(), log.read_text())
            time.sleep(0.05)
        self.fail(f"the server does not come up: {log.read_text()}")

    def assert_unprivileged(self, server):
        status = dict(re.findall(r"^(\w+):[ \t]*(.*?)[ \t]*$", pathlib.Path(f"/proc/{server.pid}/status").read_text(), re.MULTILINE))
        self.assertEqual(status["Uid"].split(), [str(USER)] * 4)
        self.assertEqual(status["Gid"].split(), [str(USER)] * 4)
        self.assertEqual(status["Groups"], "")
        self.assertEqual(int(status["CapPrm"], 16), 0)
        self.assertEqual(status["NoNewPrivs"], "1")

    def test_its_server_matches_for_real(self):
        files = {name: f"{DATA_DIRECTORY}/{name}" for name in
                 ["admin.token", "ca.crt", "jwks.json", "master.key", "signing-key.jwk", "tls.crt", "tls.key", "token"]}
        self.program("smart-contacts-admin", "keys", "new-master", files["master.key"])
        self.program("smart-contacts-admin", "token", "new-key", "--key-file", files["signing-key.jwk"],
                     "--jwks-file", files["jwks.json"])
        server, serving = self.start(
            SMART_CONTACTS_LISTEN="0.0.0.0:0", SMART_CONTACTS_ADMIN_LISTEN="127.0.0.1:0",
            SMART_CONTACTS_HEALTH_LISTEN="127.0.0.1:0", SMART_CONTACTS_METRICS_LISTEN="127.0.0.1:0",
            SMART_CONTACTS_TLS_CERT_FILE=files["tls.crt"], SMART_CONTACTS_TLS_KEY_FILE=files["tls.key"],
            SMART_CONTACTS_MASTER_KEY_FILE=files["master.key"], SMART_CONTACTS_JWKS_FILE=files["jwks.json"],
            SMART_CONTACTS_ADMIN_TOKEN_FILE=files["admin.token"])
        self.assert_unprivileged(server)
        self.program("smart-contactsd", "healthcheck", "--health-server", serving["health_listen"])
        with urllib.request.urlopen(f"http://{serving['metrics_listen']}/readyz") as answer:
            self.assertEqual(answer.read(), b"ready\n")

        administrator = {"SMART_CONTACTS_ADMIN_TOKEN_FILE": files["admin.token"],
                         "SMART_CONTACTS_SERVER": serving["admin_listen"]}
        self.program("smart-contacts-admin", "tenant", "create", "acme", "--sip-domain", "acme.example", "--region", "DE",
                     "--outside-line-prefix", "0", "--extension-pattern", "[1-9][0-9]{1,5}",
                     "--phone-context", "acme.example", **administrator)
        imported = self.program("smart-contacts-admin", "directory", "import", "acme",
                                f"{DATA_DIRECTORY}/directory-acme.csv", **administrator)
        self.assertIn("244 added", imported)
        token = self.program("smart-contacts-admin", "token", "mint", "--key-file", files["signing-key.jwk"],
                             "--tenant", "acme", "--aor", "sip:101@acme.example")
        (self.data / "token").write_text(token)
        os.chown(self.data / "token", USER, USER)

        port = serving["listen"].rsplit(":", 1)[1]
        match = ["match", f"{DATA_DIRECTORY}/address-book.vcf", "--server", f"localhost:{port}",
                 "--token-file", files["token"]]
        # Its certificate is signed by nobody whom the image trusts by itself.
        self.assertIn("certificate", self.program("smart-contacts", *match, "--timeout-s", "2", expect=1).lower())
        for options in [["--ca-file", files["ca.crt"]], []]:
            if not options:
                run("mount", "--bind", self.data / "ca.crt", image.root / "etc/ssl/certs/ca-certificates.crt")
            found = self.program("smart-contacts", *match, *options)
            self.assertIn("sip:103@acme.example", found)
            self.assertIn("sip:104@acme.example", found)

        server.terminate()
        self.assertEqual(server.wait(timeout=60), 0)


if __name__ == "__main__":
    image = Image()
    unittest.main(verbosity=2)
