#!/bin/sh
# Installs what the npm scripts need, once for each state of package-lock.json; prints on stderr only.
set -eu
cd "$(dirname "$0")/.."
mark=node_modules/.tars-alarm-lock
if ! cmp -s package-lock.json "$mark"; then
  echo 'tars-alarm: installing packages from package-lock.json (once, about 30 s) ...' >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
  cp package-lock.json "$mark"
fi
case "$(node_modules/.bin/node --version 2>/dev/null || echo none)" in
  v24.*) ;;
  *)
    echo 'tars-alarm: node_modules/.bin/node is not Node.js 24: its install script did not run.' >&2
    echo 'tars-alarm: run  npm rebuild node --ignore-scripts=false  and try again.' >&2
    exit 1
    ;;
esac
if [ ! -d node_modules/.cache/tars-alarm ]; then
  NODE_COMPILE_CACHE=node_modules/.cache/tars-alarm node_modules/.bin/node scripts/warm.ts || true
fi
