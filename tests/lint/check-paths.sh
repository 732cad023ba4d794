#!/usr/bin/env bash
# No path of somebody's machine, no stub marker, no line past 120 columns in our sources.
# Usage: check-paths.sh SOURCE_ROOT
set -euo pipefail
cd "$1"
bad=0
folders=()
for folder in core figure app ui cuda tests scripts docs data/demo po resources run check .ci README.md; do
  [ -e "$folder" ] && folders+=("$folder")
done
text=(--include=*.c --include=*.cpp --include=*.h --include=*.inc --include=*.cu --include=*.sh --include=*.md
      --include=*.build --include=*.ui --include=*.xml --include=*.css --include=run --include=check)
hits=$(grep -rnE "${text[@]}" '(^|[^a-zA-Z0-9_.])/(home|work|root|Users|mnt)/[a-zA-Z0-9._-]+' "${folders[@]}" |
       grep -v '^tests/lint/check-paths.sh' || true)
if [ -n "$hits" ]; then
  echo "absolute paths of a machine:" >&2
  echo "$hits" >&2
  bad=1
fi
hits=$(grep -rnE --include=*.c --include=*.cpp --include=*.h --include=*.inc --include=*.cu '\b(TODO|FIXME|XXX)\b' "${folders[@]}" || true)
if [ -n "$hits" ]; then
  echo "unfinished:" >&2
  echo "$hits" >&2
  bad=1
fi
hits=$(grep -rnE --include=*.c --include=*.cpp --include=*.h '^.{121,}' core figure app ui cuda | grep -v '#pragma' || true)
if [ -n "$hits" ]; then
  echo "lines past 120 columns:" >&2
  echo "$hits" >&2
  bad=1
fi
exit "$bad"
