#!/usr/bin/env bash
# Who is held out stays out of every experiment that trains on the brain volumes: patient 12 of open_ms, subjects
# above 50 of jlf60; and no experiment names pictures that are kept for evaluation.
# Usage: check-held-out.sh SOURCE_ROOT
set -euo pipefail
cd "$1"
bad=0
for file in data/experiments/*.ini data/priors/*.ini; do
  if grep -qE '^kind *= *volumes' "$file"; then
    grep -qE '^exclude *=.*patient12' "$file" || { echo "$file: patient12 is not excluded" >&2; bad=1; }
    grep -qE '^subjects *= *1-50 *$' "$file" || { echo "$file: the subjects are not 1-50" >&2; bad=1; }
  fi
  if grep -iE '^paths *=.*(kodak|ffhq|astronaut|chelsea|coffee|camera)' "$file" >&2; then
    echo "$file: trains on pictures kept for evaluation" >&2
    bad=1
  fi
done
exit "$bad"
