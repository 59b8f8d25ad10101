#!/bin/sh
# run.sh TARGET [SECONDS]: libFuzzer over one target, with a stable compiler. What breaks lies in libfuzzer/crash-*.
set -eu
target=$1 seconds=${2:-60}
cd "$(dirname "$0")/libfuzzer"
[ -f Cargo.lock ] || cp ../../../Cargo.lock .
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 -Cdebug-assertions"
host=$(rustc -vV | sed -n 's/^host: //p')
cargo build --release --quiet --target "$host"
bin=${CARGO_TARGET_DIR:-target}/$host/release/recount-fuzz
corpus=${RECOUNT_CORPUS:-corpus}/$target
if [ ! -d "$corpus" ]; then
    mkdir -p "$corpus"
    RECOUNT_TARGET=$target RECOUNT_SEEDS_TO=$corpus "$bin" -runs=1 2>/dev/null
fi
RECOUNT_TARGET=$target exec "$bin" -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 "$corpus"
