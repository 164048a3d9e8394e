#!/usr/bin/env bash
# Builds the container image without a daemon and without a registry; see --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'END'
Builds the container image of Smart Contacts from the Dockerfile, with buildah: no daemon, no registry. Run it as root.

  scripts/image.sh [--programs BUILD_FOLDER] [--base IMAGE] [--output FOLDER]

  --programs BUILD_FOLDER  take the programs compiled there (build/release); without it they are compiled in the image's
                           own build stage, which takes as long as a build does
  --base IMAGE             build on this image, as debian:12-slim@sha256:...; without it a base is made with mmdebstrap
                           from the Debian archives that this machine's apt is set to
  --output FOLDER          where the results and what is kept for the next run go [build/image]

Results in FOLDER:
  smart-contacts-VERSION.oci.tar   the image, for `podman load`, `skopeo copy oci-archive:...`, `ctr images import`
  smart-contacts-VERSION.cdx.json  its software bill of materials (CycloneDX), which is also in the image

The same sources, programs and packages give the same image, bit by bit: times are those of the last commit, or of
SOURCE_DATE_EPOCH.

Example:
  cmake --preset release && cmake --build --preset release && scripts/image.sh --programs build/release
END
}

programs='' base='' output=build/image
while (($#)); do
  case "$1" in
    --programs) programs=${2:?--programs needs a folder} ;;
    --base) base=${2:?--base needs the name of an image} ;;
    --output) output=${2:?--output needs a folder} ;;
    --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift 2
done
if ((EUID != 0)); then
  echo "scripts/image.sh must run as root: buildah and mmdebstrap set owners of files" >&2
  exit 2
fi

version=$(<VERSION)
mkdir -p "$output"
output=$(cd "$output" && pwd)
export BUILDAH_ISOLATION=chroot
if [[ -z "${SOURCE_DATE_EPOCH:-}" ]]; then
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
fi
export SOURCE_DATE_EPOCH
revision=$(git rev-parse HEAD)
if [[ -n "$(git status --porcelain)" ]]; then revision+=-modified; fi

# This script's own store of images: nothing of another store is seen or touched.
in_store() { buildah --root "$output/storage" --runroot "$output/run" --storage-driver vfs "$@"; }
build() {
  local tag=$1
  shift
  in_store build "$@" --layers=false --identity-label=false --timestamp "$SOURCE_DATE_EPOCH" --build-arg "BASE=$base" \
    --build-arg "VERSION=$version" --build-arg "REVISION=$revision" --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" \
    --tag "$tag" .
}

# The machine's Debian archives, whatever files and form they are configured in, and how it reaches them.
index_targets() { apt-get indextargets --format "$1" 'Created-By: Packages' 'Origin: Debian' | sort -u; }
archives() {
  # shellcheck disable=SC2016 # apt replaces these, not the shell.
  index_targets 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(REPO_URI) $(RELEASE) $(COMPONENT)'
}
package_lists() {
  # shellcheck disable=SC2016
  index_targets '$(FILENAME)'
}
apt_options() {
  apt-config dump --no-empty --format '%f "%v";%n' Acquire::http Acquire::https Acquire::Check-Valid-Until \
    Acquire::Check-Date
}

# A small Debian, as images of registries are, but able to use archives over HTTPS.
make_base() {
  archives >"$work/sources.list"
  apt_options >"$work/apt.conf"
  mmdebstrap --quiet --mode=root --variant=apt --include=ca-certificates --aptopt="$work/apt.conf" \
    --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    bookworm "$work/base.tar" "$work/sources.list"
  local container
  container=$(in_store from scratch)
  in_store add --quiet "$container" "$work/base.tar" / >/dev/null
  in_store commit --quiet --rm --timestamp "$SOURCE_DATE_EPOCH" "$container" "$1" >/dev/null
}

work=$(mktemp -d "$output/work.XXXXXX")
trap 'rm -rf "$work"' EXIT

[[ -n "$(archives)" ]] || apt-get update -q

# The base and the stage with the libraries are kept. What apt knows of the archives is part of their key: after
# `apt-get update` has brought news, they are made anew.
key=$({ echo "$base"; cat Dockerfile scripts/image.sh; archives; apt_options; package_lists | xargs cat; } |
  sha256sum | cut -c1-16)
libraries=localhost/libraries:$key
in_store rm --all >/dev/null
if ! in_store inspect --type image "$libraries" >/dev/null 2>&1; then
  in_store rmi --all --force >/dev/null
  if [[ -z "$base" ]]; then
    base=localhost/base:$key
    make_base "$base"
  fi
  build "$libraries" --target libraries
fi
[[ -n "$base" ]] || base=localhost/base:$key

options=(--build-context "libraries=container-image://$libraries")
if [[ -n "$programs" ]]; then
  DESTDIR="$work/programs" cmake --install "$programs" --prefix /usr --strip >/dev/null
  options+=(--build-context "programs=$work/programs")
fi
image=localhost/smart-contacts:$version
build "$image" "${options[@]}"
# What had this name before.
in_store rmi --prune --force >/dev/null

archive=$output/smart-contacts-$version.oci.tar
in_store push --quiet "$image" "oci:$work/layout:smart-contacts:$version"
tar --create --file "$archive" --directory "$work/layout" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --mode=go-w \
  --owner=0 --group=0 --numeric-owner .
container=$(in_store from "$image")
mounted=$(in_store mount "$container")
cp "$mounted/usr/share/doc/smart-contacts/sbom.cdx.json" "$output/smart-contacts-$version.cdx.json"
unpacked=$(du -sm --apparent-size "$mounted" | cut -f1)
in_store rm "$container" >/dev/null
echo "$archive: $(du -m --apparent-size "$archive" | cut -f1) MB, unpacked $unpacked MB"
