#!/bin/sh
# npm test: types, lint, then every test. Arguments go to the test runner (file names, --test-name-pattern …).
set -eu
cd "$(dirname "$0")/.."
tsc
tsc -p src/web/tsconfig.json
biome check --error-on-warnings .
export NODE_COMPILE_CACHE="$PWD/node_modules/.cache/tars-alarm"
if [ $# -gt 0 ]; then exec node --test "$@"; fi
# Once, before the tests in a browser: they run side by side.
node scripts/build-web.ts

# Tests write in memory where there are 4 GB for it and programs may run there: thousands of times they wait for the disk.
memory=/dev/shm
free_kb=$(df -Pk "$memory" 2>/dev/null | awk 'NR == 2 { print $4 }')
[ "${free_kb:-0}" -gt 4000000 ] || memory="${TMPDIR:-/tmp}"
folder=$(mktemp -d "$memory/tars-alarm-test.XXXXXX" 2>/dev/null || mktemp -d)
# Postfix' processes are other users: they may go through it.
chmod 711 "$folder"
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM
printf '#!/bin/sh\n' > "$folder/program"
chmod +x "$folder/program"
if "$folder/program" 2>/dev/null; then export TMPDIR="$folder"; fi
node scripts/test-groups.ts "$folder"
# One process more than cores at a time: some wait for the clock. By default Node leaves a core idle: of two that is half.
node --test --test-concurrency=3 "$folder/*.test.mjs"
