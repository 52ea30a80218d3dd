# shellcheck shell=bash
# What the scripts beside this file share: toolchain, packages, build, and the processes of a local cluster.
# Everything they make is below .winnow/ and .build/ in the checkout.
#
# CLUSTER_PORT=7700   the coordinator's port; shard 0 listens on the next one, and so on. Another port, another cluster.
# Each node answers HTTP (metrics, health) 80 ports above its own: 7780 for the coordinator, 7781 for shard 0.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
port=${CLUSTER_PORT:-7700}
home=$root/.winnow
[ "$port" = 7700 ] || home=$root/.winnow/at-$port
bin=$root/.winnow/bin
scratch=$root/.build/static

# Which directory a collection was pushed from is remembered beside the cluster, and not in the person's home.
export XDG_STATE_HOME=$home/state

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s: %s\n' "cluster/$(basename "$0")" "$*" >&2
  exit 1
}

[[ $port =~ ^[0-9]{1,5}$ ]] && [ "$port" -ge 1 ] && [ "$port" -le 65000 ] || fail "CLUSTER_PORT=$port is not a port from 1 to 65000"

# --- Toolchain and packages ---

# Puts a Swift of at least 6.2 on the PATH.
find_swift() {
  local directory version
  for directory in "" /opt/swift/usr/bin /usr/local/swift/usr/bin "${HOME:-/root}/.local/share/swiftly/bin" \
    "${HOME:-/root}/.swiftly/bin" "${HOME:-/root}/.local/swift/usr/bin" "${HOME:-/root}/.local/bin"; do
    [ -z "$directory" ] || [ -x "$directory/swift" ] || continue
    version=$(PATH=${directory:+$directory:}$PATH swift --version 2>/dev/null |
      sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -1) || true
    [ -n "$version" ] || continue
    if [ "${version%.*}" -gt 6 ] || { [ "${version%.*}" -eq 6 ] && [ "${version#*.}" -ge 2 ]; }; then
      PATH=${directory:+$directory:}$PATH
      swift_version=$version
      return
    fi
  done
  fail "needs Swift 6.2 or newer for Linux. Install it from https://www.swift.org/install/linux/
  (or unpack its tar.gz so that /opt/swift/usr/bin/swift exists) and run this again."
}

# Installs the Debian packages that are missing: those that Package.swift names, what Swift links with, Python, and those
# that are given.
install_packages() {
  local missing=() sudo=() package
  for package in $(sed -n 's/.*\.apt(\[\([^]]*\)\]).*/\1/p' "$root/Package.swift" | tr -d '",') "$@"; do
    # Where there is no dpkg, the build tells what it misses.
    command -v dpkg-query >/dev/null || break
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  compgen -G '/usr/lib/gcc/*/*/crtbeginS.o' >/dev/null || missing+=(g++)
  command -v python3 >/dev/null || missing+=(python3)
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null ||
    fail "needs what Debian calls ${missing[*]}, and there is no apt-get: install them with your package manager."
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "as root, run: apt-get install -y ${missing[*]}"
    sudo=(sudo)
  fi
  say "  installing ${missing[*]}"
  mkdir -p "$root/.winnow"
  {
    "${sudo[@]}" apt-get update &&
      "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
  } >"$root/.winnow/apt.log" 2>&1 || {
    tail -5 "$root/.winnow/apt.log" >&2
    fail "could not install ${missing[*]}; the whole story is in .winnow/apt.log"
  }
}

# Builds the release binaries with the Swift runtime inside, in a build folder of their own so that no other build waits.
build() {
  local log=$root/.winnow/build.log product line pid start=$SECONDS
  mkdir -p "$bin"
  : >"$log"
  for product in winnowd winnow; do
    swift build --package-path "$root" --scratch-path "$scratch" -c release --static-swift-stdlib --product "$product" \
      >>"$log" 2>&1 &
    pid=$!
    while [ -t 1 ] && kill -0 "$pid" 2>/dev/null; do
      line=$(grep -E '^\[[0-9]+/[0-9]+\]' "$log" | tail -1) || true
      printf '\r\033[K  %s: %.70s' "$product" "$line"
      sleep 0.5
    done
    [ ! -t 1 ] || printf '\r\033[K'
    wait "$pid" || {
      grep -E 'error:|warning:' "$log" | head -20 >&2 || tail -20 "$log" >&2
      fail "the build of $product failed; the whole story is in .winnow/build.log"
    }
    ln -sf "$scratch/release/$product" "$bin/$product"
  done
  say "  .winnow/bin/winnowd and .winnow/bin/winnow, built in $((SECONDS - start)) s"
}

# --- Processes ---

# One script at a time changes a cluster.
lock_cluster() {
  mkdir -p "$home/run" "$home/log"
  exec 9>"$home/run/lock"
  flock -w 60 9 || fail "another cluster script has been busy for a minute (lock: ${home#"$root"/}/run/lock)"
}

# When a process started, in clock ticks since boot; with its id that names one process for good.
start_ticks() {
  local fields
  { read -r fields <"/proc/$1/stat"; } 2>/dev/null || return 1
  fields=${fields##*) }
  set -- $fields
  [ "$1" != Z ] && printf '%s' "${20}"
}

# The process id of a node of ours that runs; fails if it does not.
running() {
  local pid ticks
  { read -r pid ticks <"$home/run/$1"; } 2>/dev/null || return 1
  [ "$(start_ticks "$pid")" = "$ticks" ] && printf '%s' "$pid"
}

is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Who listens on a port, as far as this user may see it.
owner() {
  ss -ltnpH "sport = :$1" 2>/dev/null | sed -n 's/.*users:((\(.*\)).*/ (\1)/p' | head -1 || true
}

# Starts a node unless it runs, and waits until its port answers: start NAME ROLE ARGUMENTS…
start() {
  local name=$1 log=$home/log/$1.log node_port pid waited=0
  node_port=$(node_port "$name")
  shift
  if pid=$(running "$name"); then
    say "  $name runs already on 127.0.0.1:$node_port (process $pid)"
    return
  fi
  ! is_open "$node_port" ||
    fail "port $node_port is taken by something that this script did not start$(owner "$node_port").
  Stop it, or choose other ports: CLUSTER_PORT=$((port + 100)) cluster/$(basename "$0")"
  printf -- '--- %s\n' "$(date -u +%FT%TZ)" >>"$log"
  setsid "$bin/winnowd" "$@" --listen "127.0.0.1:$node_port" --admin-listen "127.0.0.1:$((node_port + 80))" </dev/null >>"$log" 2>&1 9>&- &
  pid=$!
  printf '%s %s\n' "$pid" "$(start_ticks "$pid")" >"$home/run/$name"
  until is_open "$node_port"; do
    running "$name" >/dev/null || {
      tail -5 "$log" >&2
      fail "$name stopped at once; its log: ${log#"$root"/}"
    }
    [ "$waited" -lt 150 ] || fail "$name does not listen after 15 s; its log: ${log#"$root"/}"
    waited=$((waited + 1))
    sleep 0.1
  done
  say "  $name listens on 127.0.0.1:$node_port, HTTP on $((node_port + 80)) (process $pid)"
}

# The names of nodes that have a process file, the coordinator first.
node_names() {
  local file
  for file in "$home"/run/coordinator "$home"/run/shard-*; do
    [ ! -f "$file" ] || basename "$file"
  done | sort -V
}

node_port() { if [ "$1" = coordinator ]; then printf '%s' "$port"; else printf '%s' $((port + 1 + ${1#shard-})); fi; }

# The program of a person, aimed at this cluster.
winnow() { WINNOW_COORDINATOR=127.0.0.1:$port "$bin/winnow" "$@"; }
