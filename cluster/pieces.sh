# shellcheck shell=bash
# The pieces of cluster/test --full. Each is run by itself, in a process of its own: one that has passed leaves its time in
# .winnow/test/full/SOURCES/, so that a run that was interrupted goes on where it was.

# Names the sources: the commit, and what differs from it.
sources() {
  local commit difference
  commit=$(git rev-parse --short=12 HEAD)
  difference=$({
    git diff HEAD
    git ls-files --others --exclude-standard -z | xargs -0r cat
  } | sha1sum | cut -c1-8)
  # The sum of nothing.
  [ "$difference" = da39a3ee ] && printf '%s' "$commit" || printf '%s+%s' "$commit" "$difference"
}

# The names of all pieces, in the order in which they are run.
all_pieces() {
  local suite room target name
  echo usual
  for suite in KillTests DiskChaosTests WriteAheadLogTests DataDirectoryTests SnapshotDamageTests Simulation \
    PolledRequestTests PolledPathTests UpgradeTests; do
    echo "counts-$suite"
  done
  echo hostile-TLSSessionTests
  # Processes under test are not built with sanitizers.
  for room in "${all_rooms[@]}"; do [ "$room" = Cluster ] || echo "address-$room"; done
  for room in "${all_rooms[@]}"; do [ "$room" = Cluster ] || echo "thread-$room"; done
  for target in Tests/Fuzz/corpus/*.hex; do echo "fuzz-$(basename "$target" .hex)"; done
  for name in $(sed -n 's/.*name: "\([a-z0-9-]*\)".*/\1/p; s/^ *("\(train-[a-z0-9-]*\)".*/\1/p' \
    Tests/Benchmarks/Benchmark+All.swift) engine rerank security service; do
    echo "bench-$name"
  done
}

# Tests that a pattern finds, of a build with these options: filtered PATTERN OPTIONS…
filtered() {
  local pattern=$1
  shift
  swift build --build-tests "$@" | tail -3
  NO_COLOR=1 "$(swift build --show-bin-path "$@")/winnowPackageTests.xctest" --testing-library swift-testing --no-parallel \
    --filter "$pattern" 2>&1 | tee "$logs/filtered.log" | { grep -avE '^◇|^✔ (Suite|Test [^ ]*\()' || true; }
  # A pattern that finds nothing tests nothing.
  grep -aqE 'Test run with [1-9][0-9]* test' "$logs/filtered.log"
}

# One fuzz target for a while, beginning with its corpus and with what earlier runs have found.
fuzz() {
  local target=$1 found=$root/.winnow/fuzz/$1
  swift build --package-path Tests/Fuzz -c release --sanitize fuzzer --sanitize address | tail -3
  python3 Tests/Fuzz/corpus.py unpack "$target" "$found"
  mkdir -p "$logs/full/broken"
  SWIFT_BACKTRACE=enable=no FUZZ_TARGET=$target ASAN_OPTIONS=detect_leaks=0 Tests/Fuzz/.build/release/fuzz \
    -max_total_time="$(python3 -c "print(max(1, round($fuzz_minutes * 60)))")" -max_len=65536 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$logs/full/broken/$target-" "$found" || {
    say "an input that breaks a rule is in .winnow/test/full/broken; 'corpus.py add $target FILE' keeps it"
    return 1
  }
  # What the next run begins with: as few inputs as reach as much, none large.
  rm -rf "$found.small" && mkdir "$found.small"
  SWIFT_BACKTRACE=enable=no FUZZ_TARGET=$target ASAN_OPTIONS=detect_leaks=0 Tests/Fuzz/.build/release/fuzz \
    -merge=1 -max_len=4096 "$found.small" "$found"
  rm -rf "$found" && mv "$found.small" "$found"
}

# Runs a piece.
piece() {
  local kind=${1%%-*} what=${1#*-}
  case $kind in
    usual) cluster/test ;;
    counts) WINNOW_FULL=1 filtered "(^|[./])${what}(Tests)?[./]" -c release --scratch-path .build/full -Xswiftc -enable-testing ;;
    # As counts, where a byte out of bounds counts more than time.
    hostile) WINNOW_FULL=1 ASAN_OPTIONS=detect_leaks=0 filtered "[./]${what}[./]" --scratch-path .build/address --sanitize=address ;;
    address) ASAN_OPTIONS=detect_leaks=0 filtered "^${what}Tests[.]" --scratch-path .build/address --sanitize=address ;;
    thread) filtered "^${what}Tests[.]" --scratch-path .build/thread --sanitize=thread ;;
    fuzz) fuzz "$what" ;;
    bench) cluster/bench "$what" ;;
  esac
}

# Runs the pieces whose names one of the patterns matches, and prints all of them in a table.
run_pieces() {
  local patterns=() done_folder name pattern begin code=0 table=() pieces=() failed=0
  IFS=, read -ra patterns <<<"$1"
  done_folder=$logs/full/$(sources)
  mkdir -p "$done_folder"
  # Of other sources the last few are kept.
  find "$logs/full" -mindepth 1 -maxdepth 1 -type d ! -name broken -printf '%T@ %p\n' | sort -rn | tail -n +5 |
    cut -d' ' -f2- | xargs -r rm -rf
  mapfile -t pieces < <(all_pieces)
  say "Swift $swift_version, $(nproc) cores, $(uname -m), sources $(basename "$done_folder")"
  for name in "${pieces[@]}"; do
    local is_wanted=no
    for pattern in "${patterns[@]}"; do
      # shellcheck disable=SC2053
      [ "$pattern" != all ] && [[ $name != $pattern ]] || is_wanted=yes
    done
    if [ -f "$done_folder/$name" ]; then
      table+=("$(printf '%-28s %6d s  passed before' "$name" "$(cat "$done_folder/$name")")")
    elif [ $is_wanted = no ]; then
      table+=("$(printf '%-28s %8s  not run' "$name" -)")
    else
      begin=$SECONDS code=0
      # In the background, where a function stops at its first failing command.
      (piece "$name") >"$done_folder/$name.log" 2>&1 &
      wait $! || code=$?
      if [ $code = 0 ]; then
        printf '%d\n' $((SECONDS - begin)) >"$done_folder/$name"
        table+=("$(printf '%-28s %6d s  passed' "$name" $((SECONDS - begin)))")
      else
        failed=$((failed + 1))
        table+=("$(printf '%-28s %6d s  FAILED (exit %d): %s' "$name" $((SECONDS - begin)) $code \
          "${done_folder#"$root"/}/$name.log")")
        tail -5 "$done_folder/$name.log" | sed 's/^/    | /'
      fi
      say "${table[-1]}"
    fi
  done
  printf '\n%-28s %8s  %s\n' piece time result
  printf '%s\n' "${table[@]}"
  [ $failed = 0 ]
}
