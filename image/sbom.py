"""The software bill of materials of an image, as CycloneDX 1.5 JSON: the project, its programs and the Debian packages."""

import datetime
import hashlib
import json
import re
import urllib.parse
import uuid

# Debian's short names of licences that have another name in SPDX. Names that are in neither are given as they are.
SPDX_OF_DEBIAN = {
    "Apache-2": "Apache-2.0",
    "Apache-2.0": "Apache-2.0",
    "Artistic": "Artistic-1.0-Perl",
    "BSD-2-clause": "BSD-2-Clause",
    "BSD-3-clause": "BSD-3-Clause",
    "BSL-1.0": "BSL-1.0",
    "Expat": "MIT",
    "GPL-2": "GPL-2.0-only",
    "GPL-2+": "GPL-2.0-or-later",
    "GPL-3": "GPL-3.0-only",
    "GPL-3+": "GPL-3.0-or-later",
    "ISC": "ISC",
    "LGPL-2": "LGPL-2.0-only",
    "LGPL-2+": "LGPL-2.0-or-later",
    "LGPL-2.1": "LGPL-2.1-only",
    "LGPL-2.1+": "LGPL-2.1-or-later",
    "LGPL-3": "LGPL-3.0-only",
    "LGPL-3+": "LGPL-3.0-or-later",
    "MIT": "MIT",
    "MPL-2.0": "MPL-2.0",
    "PostgreSQL": "PostgreSQL",
    "Zlib": "Zlib",
    "zlib": "Zlib",
}


def licences(copyright_text):
    """What a machine-readable copyright file (DEP-5) says about files; nothing of one that is written freely."""
    if not re.match(r"Format:", copyright_text):
        return []
    names = set()
    for paragraph in re.split(r"\n[ \t]*\n", copyright_text):
        if re.search(r"^Files:", paragraph, re.MULTILINE):
            names.update(re.findall(r"^License:[ \t]*(\S.*?)[ \t]*$", paragraph, re.MULTILINE))
    identifiers = {SPDX_OF_DEBIAN[name] for name in names if name in SPDX_OF_DEBIAN}
    return [{"license": {"id": name}} for name in sorted(identifiers)] + [
        {"license": {"name": name}} for name in sorted(names - SPDX_OF_DEBIAN.keys())
    ]


def package_url(package, distribution):
    def quoted(text):
        return urllib.parse.quote(text, safe="")

    return (
        f"pkg:deb/debian/{quoted(package.name)}@{quoted(package.version)}?arch={package.architecture}"
        f"&distro=debian-{distribution}&upstream={quoted(f'{package.source}@{package.source_version}')}"
    )


def bill_of_materials(version, programs, packages, distribution, epoch):
    """PROGRAMS: paths of the project's own; PACKAGES: see assemble_root.py; EPOCH: seconds, or None to leave time out."""
    urls = {package.name: package_url(package, distribution) for package in packages}
    project = {
        "type": "application",
        "bom-ref": f"smart-contacts@{version}",
        "name": "smart-contacts",
        "version": version,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
        "components": [
            {
                "type": "file",
                "bom-ref": f"/usr/bin/{program.name}",
                "name": f"/usr/bin/{program.name}",
                "version": version,
                "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(program.read_bytes()).hexdigest()}],
            }
            for program in programs
        ],
    }
    components = []
    for package in packages:
        component = {
            "type": "library",
            "bom-ref": urls[package.name],
            "name": package.name,
            "version": package.version,
            "purl": urls[package.name],
        }
        found = licences(package.copyright_text)
        if found:
            component["licenses"] = found
        components.append(component)
    dependencies = [{"ref": project["bom-ref"], "dependsOn": sorted(urls.values())}]
    for package in packages:
        dependencies.append(
            {"ref": urls[package.name], "dependsOn": sorted(urls[name] for name in package.depends if name in urls)}
        )
    metadata = {"component": project}
    if epoch is not None:
        time = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc)
        metadata["timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": metadata,
        "components": components,
        "dependencies": dependencies,
    }
    # The same contents have the same number, so that building again gives the same image.
    contents = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, contents)}"
    return json.dumps(document, indent=2, sort_keys=True) + "\n"
