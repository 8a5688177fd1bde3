#!/bin/sh
# tars_nodejs/node, the program tarsnode runs: the Node.js shipped beside it, where that can run;
# otherwise the one ALARM_NODE names; otherwise one line that says what to do.
self=$(readlink -f "$0" 2>/dev/null) || self=$0
shipped=${self%/*}/node24/node

# Prints why the shipped Node.js cannot run here; nothing when it can.
trouble() {
  if [ ! -x "$shipped" ]; then
    echo "$shipped is missing"
    return
  fi
  machine=$(uname -m)
  # e_machine of the ELF header
  case $(od -An -tx1 -j18 -N2 "$shipped" 2>/dev/null | tr -d ' ') in
    3e00) built=x86_64 ;;
    b700) built=aarch64 ;;
    *) built=$machine ;;
  esac
  if [ "$machine" != "$built" ]; then
    echo "it is built for $built, this machine is $machine"
    return
  fi
  libc=$(getconf GNU_LIBC_VERSION 2>/dev/null) || libc=$(ldd --version 2>&1 | head -n 1)
  case $libc in
    *musl*)
      echo 'it needs glibc 2.28 or later, this system has musl'
      return
      ;;
  esac
  version=${libc##* }
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%[!0-9]*}
  case $major$minor in
    '' | *[!0-9]*) return ;; # nobody knows: let it try
  esac
  if [ "$major" -lt 2 ] || { [ "$major" -eq 2 ] && [ "$minor" -lt 28 ]; }; then
    echo "it needs glibc 2.28 or later, this system has $version"
  fi
}

# The value of a key in the TARS config.
value() {
  sed -n "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*//p" "$conf" 2>/dev/null |
    sed -n '1s/[[:space:]]*$//p'
}

# Says $1 on stderr and, where the TARS config in the arguments names one, in the server's log folder.
say() {
  line=$1
  shift
  echo "$line" >&2
  conf=
  before=
  for argument; do
    case $before in -c | --config) conf=$argument ;; esac
    case $argument in --config=*) conf=${argument#--config=} ;; esac
    before=$argument
  done
  [ -n "$conf" ] || return 0
  path=$(value logpath)
  app=$(value app)
  server=$(value server)
  [ -n "$path" ] && [ -n "$app" ] && [ -n "$server" ] || return 0
  log=$path/$app/$server/${app}.${server}_agent.log
  mkdir -p "${log%/*}" 2>/dev/null || return 0
  # tarsnode starts it again and again.
  [ "$(wc -c 2>/dev/null < "$log" || echo 0)" -lt 1000000 ] || return 0
  echo "$(date '+%Y-%m-%d %H:%M:%S') $line" >> "$log"
}

why=$(trouble)
[ -n "$why" ] || exec "$shipped" "$@"

if [ -n "${ALARM_NODE:-}" ]; then
  version=$(ALARM_NODE='' "$ALARM_NODE" --version 2>/dev/null)
  case $version in
    v2[4-9].* | v[3-9][0-9].*) exec "$ALARM_NODE" "$@" ;;
  esac
  why="$why; ALARM_NODE=$ALARM_NODE is ${version:-no program that runs}, not Node.js 24 or later"
fi
say "Alarm.AgentServer cannot start: the Node.js 24 shipped with it does not run here: $why. \
Set ALARM_NODE to a Node.js 24 that runs here, or run the server in a container. \
本机无法运行随包的 Node.js 24：请用环境变量 ALARM_NODE 指定本机可用的 Node.js 24，或改用容器方式部署。" "$@"
exit 1
