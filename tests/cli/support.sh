# Sourced by the command-line tests: $msm is the program, the current folder is new and empty.
set -euo pipefail
msm=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail ()
{
  echo "FAILED: $*" >&2
  exit 1
}

# expect STATUS COMMAND…: its exit status, and one line on stderr when that is not 0
expect ()
{
  local want=$1 got=0
  shift
  "$@" >stdout.txt 2>stderr.txt </dev/null || got=$?
  [ "$got" -eq "$want" ] || fail "status $got, expected $want: $* ($(cat stderr.txt))"
  if [ "$want" -ne 0 ]; then
    [ "$(wc -l <stderr.txt)" -eq 1 ] || fail "expected one line on stderr: $* ($(cat stderr.txt))"
  else
    [ ! -s stderr.txt ] || fail "expected silence on stderr: $* ($(cat stderr.txt))"
  fi
}

# value KEY…: what the JSON object in stdout.txt holds there, one key inside the other; fails where there is none
value ()
{
  python3 -c '
import json, sys
found = json.load(open("stdout.txt", encoding="utf-8"))
for key in sys.argv[1:]:
    found = found[key]
print(json.dumps(found))' "$@" 2>/dev/null || fail "no JSON with $*: $(cat stdout.txt)"
}

# nothing FILE…: neither the file nor a temporary file beside it is left
nothing ()
{
  local name
  for name in "$@"; do
    [ -z "$(find . -path "./$name*" -o -path "*/.$(basename "$name")*")" ] || fail "$name left: $(ls -A)"
  done
}
