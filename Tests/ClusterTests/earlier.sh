#!/usr/bin/env bash
# earlier.sh COMMIT: builds winnowd as it was then, from the history of the sources and only once, and prints where it is.
# Exit code 3: there is no such history, as in a shallow clone or an export.
set -euo pipefail
cd "$(dirname "$0")/../.."
commit=$1
home=$PWD/.build/earlier/$commit
if ! git cat-file -e "$commit^{commit}" 2>/dev/null; then
  printf 'the history here does not have commit %s\n' "$commit" >&2
  exit 3
fi
if [ ! -x "$home/winnowd" ]; then
  if [ ! -d "$home/sources" ]; then
    rm -rf "$home/unpacked" && mkdir -p "$home/unpacked"
    git archive "$commit" | tar -x -C "$home/unpacked"
    mv "$home/unpacked" "$home/sources"
  fi
  build=(swift build --package-path "$home/sources" --scratch-path "$home/build" --product winnowd)
  "${build[@]}" >&2
  cp "$("${build[@]}" --show-bin-path)/winnowd" "$home/winnowd.new"
  mv "$home/winnowd.new" "$home/winnowd"
  rm -rf "$home/sources" "$home/build"
fi
printf '%s\n' "$home/winnowd"
