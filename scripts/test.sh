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
# By default Node leaves a core idle: of two that is half.
exec node --test --test-concurrency=2 'test/**/*.test.ts'
