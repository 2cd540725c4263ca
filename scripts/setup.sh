#!/usr/bin/env bash
# Installs missing requirements: scripts/setup.sh build | demo | test | bench
#
# Debian packages come from apt (as root, or through sudo), Python packages from PyPI into .setup/venv.
# It may run again at any time; if nothing is missing, it takes a second and changes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

build_packages=(
  build-essential pkg-config git ca-certificates zlib1g-dev
  libavcodec-dev libavfilter-dev libavformat-dev libavutil-dev libswresample-dev libswscale-dev
  libcrypt-dev libhiredis-dev libpq-dev libsqlite3-dev
)
# What scripts/build-web runs.
web_packages=(esbuild brotli python3 python3-venv)
run_packages=(redis-server python3 python3-venv curl)
test_packages=(
  ffmpeg sqlite3 postgresql procps chromium firefox-esr mpv vlc-bin vlc-plugin-base
  gstreamer1.0-tools gstreamer1.0-libav gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
  binutils nginx-light openssl systemd
)
# Node.js 18 or newer runs the tests of the web modules.
command -v node >/dev/null || test_packages+=(nodejs)
bench_packages=(ffmpeg procps nginx-light wrk)

goal=${1:-build}
requirements=""
case "$goal" in
  build) packages=("${build_packages[@]}" "${web_packages[@]}") ;;
  demo) packages=("${build_packages[@]}" "${web_packages[@]}" "${run_packages[@]}") ;;
  test)
    packages=("${build_packages[@]}" "${web_packages[@]}" "${run_packages[@]}" "${test_packages[@]}")
    requirements=Tests/Acceptance/requirements.txt ;;
  bench)
    packages=("${build_packages[@]}" "${web_packages[@]}" "${run_packages[@]}" "${bench_packages[@]}")
    requirements=Tests/Acceptance/requirements.txt ;;
  *) fail "unknown goal '$goal': use build, demo, test or bench" ;;
esac

check_swift() {
  command -v swift >/dev/null || fail "Swift 6.3 or newer is needed and 'swift' is not in PATH: see https://www.swift.org/install/linux/"
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -1)
  read -r major minor <<<"${version:-0 0}"
  if (( major < 6 || (major == 6 && minor < 3) )); then
    fail "Swift 6.3 or newer is needed, found ${version/ /.}: see https://www.swift.org/install/linux/"
  fi
}

install_packages() {
  command -v dpkg-query >/dev/null || fail "this is not a Debian system; install the contents of these packages by other means: ${packages[*]}"
  local missing=() package
  for package in "${packages[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "packages are missing; as root run: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  local log
  log=$(mktemp)
  apt_install() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >"$log" 2>&1
  }
  # The package lists may be absent (a new container) or outdated, so they are fetched if the installation fails.
  if ! apt_install; then
    say "fetching package lists"
    "${as_root[@]}" apt-get update -q >"$log" 2>&1 || { tail -n 5 "$log" >&2; fail "apt-get update failed (above); is there a network?"; }
    apt_install || { grep -E '^E:' "$log" >&2 || tail -n 5 "$log" >&2; fail "apt-get install failed (above)"; }
  fi
  rm -f "$log"
}

make_environment() {
  local python=${PYTHON:-/usr/bin/python3}
  [ -x "$python" ] || python=$(command -v python3) || fail "python3 is not in PATH"
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11 or newer is needed: $("$python" --version)"
  if [ ! -x .setup/venv/bin/pip ]; then
    say "creating .setup/venv"
    rm -rf .setup/venv
    "$python" -m venv .setup/venv || fail "could not create .setup/venv (is python3-venv installed?)"
  fi
  [ -n "$requirements" ] || return 0
  local wanted
  wanted=$(sha256sum "$requirements" | cut -d' ' -f1)
  [ "$(cat .setup/venv/installed 2>/dev/null)" = "$wanted" ] && return 0
  say "installing Python packages of $requirements"
  .setup/venv/bin/pip install -q --disable-pip-version-check -r "$requirements" || fail "pip could not install $requirements (above)"
  printf '%s' "$wanted" >.setup/venv/installed
}

fetch_libraries() {
  local name
  for name in hls qrcode; do
    .setup/venv/bin/python "scripts/fetch-$name.py" || fail "scripts/fetch-$name.py could not fetch a library of the web pages (above)"
  done
}

# Debian's package of Prometheus starts a server. The tests need only promtool, so it is extracted from the package (a download
# of 19 MB).
fetch_promtool() {
  [ -x .setup/bin/promtool ] && return 0
  command -v promtool >/dev/null && return 0
  say "fetching promtool"
  local folder
  folder=$(mktemp -d)
  # apt's sandbox user may not write into this folder; apt warns and downloads as this user.
  (cd "$folder" && apt-get download -q prometheus >log 2>&1 && dpkg-deb -x prometheus_*.deb .) ||
    { tail -n 5 "$folder/log" >&2; fail "apt-get download prometheus failed (above)"; }
  install -D "$folder/usr/bin/promtool" .setup/bin/promtool
  rm -rf "$folder"
}

check_swift
install_packages
make_environment
fetch_libraries
[ "$goal" != test ] || fetch_promtool
