"""Makes the image's root file system, inside a Debian that has the programs' libraries installed (see the Dockerfile).

What goes in: the programs, each Debian package that a program loads a library from, a few packages of data, and the
files under image/root. Packages are whole but for documentation and for what only their maintainer scripts and shells
would run. There is no shell, no package manager, nothing set-user-ID, and nothing that the user of the image can write.
"""

import argparse
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess

import sbom

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = ["smart-contacts", "smart-contacts-admin", "smart-contactsd"]
# os-release and the texts of licences; certificates that clients trust; time zones.
DATA_PACKAGES = ["base-files", "ca-certificates", "tzdata"]
LEFT_OUT = re.compile(
    r"^/(usr/)?s?bin(/|$)|^/var/|^/etc/(ca-certificates|default|issue|profile\.d|update-motd\.d)\b"
    r"|^/usr/share/(base-files|bug|gcc|gdb|info|lintian|locale|man)/|^/usr/share/doc/(?![^/]+(/copyright)?$)"
)
# Made by a package's installation, and belonging to none: the certificates as one file.
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
USER = 65532


@dataclasses.dataclass
class Package:
    name: str
    version: str
    architecture: str
    source: str
    source_version: str
    depends: list
    control: str
    files: list
    checksums: dict
    copyright_text: str


def output_of(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def real_path(path):
    """PATH as it is here, with /lib for /usr/lib and the like resolved, but itself not followed."""
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def loaded_libraries(program):
    lines = output_of("ldd", str(program)).splitlines()
    missing = [line.strip() for line in lines if "not found" in line]
    if missing:
        raise SystemExit(f"{program.name}: {'; '.join(missing)}: add its package to the Dockerfile")
    found = (re.search(r"(/\S+) \(0x", line) for line in lines)
    return {match.group(1) for match in found if match}


def owners():
    """Which package each installed file belongs to, by its real path."""
    owner = {}
    for listing in pathlib.Path("/var/lib/dpkg/info").glob("*.list"):
        name = listing.stem.split(":")[0]
        for path in listing.read_text().split("\n"):
            if path and not os.path.isdir(path):
                owner[real_path(path)] = name
    return owner


def read_package(name):
    fields = ["Package", "Version", "Architecture", "source:Package", "source:Version", "Depends"]
    values = output_of("dpkg-query", "-W", "-f", "".join("${%s}\n" % field for field in fields), name).split("\n")
    depends = [re.split(r"[ :(|]", entry.strip())[0] for entry in values[5].split(",") if entry.strip()]
    checksums = {}
    for path in pathlib.Path("/var/lib/dpkg/info").glob(f"{name}*.md5sums"):
        if path.stem.split(":")[0] == name:
            for line in path.read_text().splitlines():
                checksum, file = line.split(maxsplit=1)
                checksums["/" + file] = checksum
    copyright_file = pathlib.Path(f"/usr/share/doc/{name}/copyright")
    return Package(
        name=values[0], version=values[1], architecture=values[2], source=values[3], source_version=values[4],
        depends=depends, control=output_of("dpkg-query", "-s", name),
        files=[path for path in output_of("dpkg-query", "-L", name).splitlines() if not LEFT_OUT.search(path)],
        checksums=checksums, copyright_text=copyright_file.read_text(errors="replace"))


def needed_packages(programs):
    owner = owners()
    names = set(DATA_PACKAGES)
    for program in programs:
        names.update(owner[real_path(library)] for library in loaded_libraries(program))
    # A package's documentation may be a link to that of another, which then has the licence.
    for name in sorted(names):
        names.add(os.path.basename(os.path.realpath(f"/usr/share/doc/{name}")))
    return [read_package(name) for name in sorted(names)]


def copy(source, root):
    """The file or link at SOURCE to the same place below ROOT; directories come with what is in them."""
    if os.path.isdir(source) and not os.path.islink(source):
        return False
    destination = root / real_path(source).lstrip("/")
    destination.parent.mkdir(parents=True, exist_ok=True)
    if not destination.is_symlink() and not destination.exists():
        shutil.copy2(source, destination, follow_symlinks=False)
    return True


def describe(package, copied, root):
    """A package in the way that scanners of images without a package manager read."""
    folder = root / "var/lib/dpkg/status.d"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / package.name).write_text(package.control)
    lines = [f"{package.checksums[path]}  {path[1:]}\n" for path in sorted(copied) if path in package.checksums]
    (folder / f"{package.name}.md5sums").write_text("".join(lines))


def settle(root, epoch):
    """Everything belongs to root, nobody may write, and times are those of the source."""
    for path in [root, *sorted(root.rglob("*"))]:
        os.chown(path, 0, 0, follow_symlinks=False)
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if executable else 0o644)
        if epoch is not None:
            os.utime(path, (epoch, epoch), follow_symlinks=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", required=True)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    version = (HERE / "VERSION").read_text().strip()
    if arguments.version != version:
        raise SystemExit(f"this is version {version}, and ARG VERSION of the Dockerfile is {arguments.version}")
    epoch = int(os.environ["SOURCE_DATE_EPOCH"]) if os.environ.get("SOURCE_DATE_EPOCH") else None
    root = arguments.output
    root.mkdir(parents=True)

    programs = [HERE / "programs" / name for name in PROGRAMS]
    (root / "usr/bin").mkdir(parents=True)
    for program in programs:
        shutil.copy(program, root / "usr/bin")
    packages = needed_packages(programs)
    for package in packages:
        describe(package, [path for path in package.files if copy(path, root)], root)
    copy(CERTIFICATES, root)
    for link in ["/lib", "/lib64"]:
        if os.path.islink(link):
            copy(link, root)
    shutil.copytree(HERE / "root", root, dirs_exist_ok=True)
    (root / "etc/localtime").symlink_to("/usr/share/zoneinfo/Etc/UTC")

    documentation = root / "usr/share/doc/smart-contacts"
    documentation.mkdir(parents=True)
    shutil.copy(HERE / "LICENSE", documentation / "copyright")
    distribution = re.search(r'^VERSION_ID="(\d+)"', pathlib.Path("/etc/os-release").read_text(), re.MULTILINE).group(1)
    (documentation / "sbom.cdx.json").write_text(
        sbom.bill_of_materials(version, programs, packages, distribution, epoch))

    # What a container runtime mounts over, and where a volume for embedded storage goes, which takes its owner from here.
    for name in ["dev", "proc", "sys", "var/lib/smart-contacts"]:
        (root / name).mkdir(parents=True, exist_ok=True)
    settle(root, epoch)
    data = root / "var/lib/smart-contacts"
    os.chown(data, USER, USER)
    data.chmod(0o700)


if __name__ == "__main__":
    main()
