#!/usr/bin/env bash
# Durable appends per second, one row a transaction: Recount, SQLite, PostgreSQL and the plain fdatasync limit, one after
# the other on the same disk. SECONDS_EACH (5) is how long each runs, BENCH_DIR (a temporary folder) where.
# PostgreSQL must be installed (Debian: postgresql); `--install` does that first.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ "${1:-}" != --install ] || apt-get install -y -q postgresql
seconds=${SECONDS_EACH:-5}
dir=${BENCH_DIR:-$(mktemp -d)}
results=$dir/results
server=
stop() {
  if [ -n "$server" ]; then as_postgres "$bin/pg_ctl" -D "$dir/postgres/data" -m fast -s stop || true; fi
  rm -rf "$dir"
}
trap stop EXIT

cargo build --release -p recount-tests --example appends
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
"$target/release/examples/appends" "$dir" "$seconds" > "$results"
python3 tests/bench/sqlite.py "$dir/sqlite.db" "$seconds" >> "$results"

# PostgreSQL does not run as root: its own user then.
as_postgres() { if [ "$(id -u)" = 0 ]; then su postgres -s /bin/sh -c "cd /; $(printf '%q ' "$@")"; else "$@"; fi; }
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1 || true)
bin=${bin:-$(dirname "$(command -v initdb || echo /none)")}
if [ -x "$bin/initdb" ]; then
  chmod 755 "$dir"
  mkdir -m 777 "$dir/postgres"
  as_postgres "$bin/initdb" -D "$dir/postgres/data" -A trust -U bench --no-sync > "$dir/initdb.log"
  as_postgres "$bin/pg_ctl" -D "$dir/postgres/data" -s -w -l "$dir/postgres/log" \
    -o "-c listen_addresses= -c unix_socket_directories=$dir/postgres -c max_connections=300" start
  server=yes
  connect=(-h "$dir/postgres" -U bench postgres)
  "$bin/psql" -q "${connect[@]}" -c 'CREATE TABLE events (id bigserial PRIMARY KEY, event_id text UNIQUE, kind text,
    customer text, effective_at timestamptz, mrr numeric, currency text, plan text)'
  cat > "$dir/insert.sql" <<'SQL'
INSERT INTO events (event_id, kind, customer, effective_at, mrr, currency, plan)
VALUES (gen_random_uuid()::text, 'change', 'customer ' || (:client_id)::text, now(), 1 + (:client_id)::int, 'USD', 'pro');
SQL
  for clients in 1 256; do
    rate=$("$bin/pgbench" -n -M prepared -f "$dir/insert.sql" -c "$clients" -j 2 -T "$seconds" "${connect[@]}" \
      2> "$dir/pgbench.log" | sed -n 's/^tps = \([0-9]*\).*/\1/p')
    [ -n "$rate" ] || { cat "$dir/pgbench.log" >&2; exit 1; }
    echo "postgresql $clients $rate" >> "$results"
  done
else
  echo "PostgreSQL is not installed: left out" >&2
fi
python3 tests/bench/table.py "$results"
