# The image of videohost, for every role.
#
#   docker build --tag videohost .
#   docker run --detach --publish 8080:8080 --volume videohost:/var/lib/videohost --stop-timeout 60 videohost

# ---- Build: Debian 12 with the Swift toolchain. Build and runtime must be the same Debian: FFmpeg's libraries are shared.
FROM swift:6.3-bookworm AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /src

# Layers that change rarely come first: the headers of the libraries, and the libraries of the web pages.
COPY scripts scripts
RUN scripts/setup.sh demo

COPY Package.swift ./
COPY Sources Sources
# The manifest names the tests and the benchmark, so their folders must exist; they are not built.
COPY Tests Tests
COPY bench bench
COPY web web
RUN scripts/build-web \
    && swift build -c release --static-swift-stdlib --product videohost \
    && install -D .build/release/videohost /out/bin/videohost \
    && strip /out/bin/videohost \
    && mkdir -p /out/share/videohost/web \
    && cp -R web/dist web/messages web/templates /out/share/videohost/web

# ---- Run: libraries only, one unprivileged user.
FROM debian:bookworm-slim
SHELL ["/bin/bash", "-o", "pipefail", "-c"]

# ca-certificates: stores and Redis behind TLS. curl: the health check. redis-server: the private queue of `serve`.
# tini: process 1, which reaps orphaned processes and passes signals on.
# No pinned versions: Debian keeps only the newest version of a package, with its security fixes.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates curl tini redis-server \
        libavcodec59 libavfilter8 libavformat59 libavutil57 libswresample4 libswscale6 \
        libcrypt1 libhiredis0.14 libpq5 libsqlite3-0 libstdc++6 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --home-dir /var/lib/videohost --shell /usr/sbin/nologin videohost \
    && install -d -o videohost -g videohost -m 0700 /var/lib/videohost

COPY --from=build /out /usr/local
# A missing library stops the build here, not a container later.
RUN ldd /usr/local/bin/videohost | tee /tmp/libraries && ! grep 'not found' /tmp/libraries && rm /tmp/libraries \
    && videohost --help >/dev/null

USER 10001:10001
WORKDIR /var/lib/videohost
VOLUME /var/lib/videohost
EXPOSE 8080
STOPSIGNAL SIGTERM

# For `serve` and `api` on their usual port; compose.yaml checks workers on their port.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:8080/health/ready"]

ENTRYPOINT ["/usr/bin/tini", "--", "/usr/local/bin/videohost"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080", "--data", "/var/lib/videohost"]
