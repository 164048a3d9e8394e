# The container image: the three programs, the Debian packages whose libraries they load, and nothing that could run
# anything else. docs/image.md says how to build it with and without a registry.
#
#   docker build --build-arg BASE=debian:12-slim@sha256:... --build-arg REVISION="$(git rev-parse HEAD)" .
ARG BASE=debian:12-slim

FROM ${BASE} AS compiled
WORKDIR /source
COPY scripts/install-deps.sh scripts/
RUN scripts/install-deps.sh
COPY . .
RUN cmake --preset release -DSMART_CONTACTS_BUILD_TESTS=OFF \
  && cmake --build --preset release \
  && DESTDIR=/installed cmake --install build/release --prefix /usr --strip

# Programs that are compiled already take this stage's place: --build-context programs=FOLDER, with usr/bin in it.
FROM scratch AS programs
COPY --from=compiled /installed/usr/bin/ /usr/bin/

FROM ${BASE} AS libraries
# The libraries that the programs name, and what assembling takes. What these libraries load comes with them.
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    libcjose0 libgrpc++1.51 libicu72 libphonenumber8 libpq5 libpqxx-6.4 libprometheus-cpp-pull1.0 libprotobuf32 libre2-9 \
    libsodium23 libspdlog1.10 libsqlite3-0 libssl3 \
    base-files ca-certificates tzdata python3 \
  && rm -rf /var/lib/apt/lists/*

# Only packages that are really loaded from go on; one that is missing above is an error.
FROM libraries AS root
COPY image/ /image/
COPY VERSION LICENSE /image/
COPY --from=programs /usr/bin/ /image/programs/
ARG SOURCE_DATE_EPOCH
# VERSION is checked against the file of that name: a label cannot be read from a file.
ARG VERSION=0.1.0
RUN python3 /image/assemble_root.py --version "${VERSION}" --output /assembled

FROM scratch
COPY --from=root /assembled/ /
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Smart Contacts" \
  org.opencontainers.image.description="Tells a softphone which contacts are subscribers of the same PBX tenant" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.licenses="Apache-2.0"
USER 65532:65532
# Apps, administration, metrics, health.
EXPOSE 8443 8444 9464 8445
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/smart-contactsd"]
CMD ["serve"]
