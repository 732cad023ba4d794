#!/usr/bin/env bash
# Every operator, sampler, baseline, calibration and metric file has a row in docs/equations.md.
# Usage: check-doc-rows.sh SOURCE_ROOT
set -euo pipefail
cd "$1"
bad=0
shopt -s nullglob
for file in core/linop/*.c core/sampler/*.c core/baseline/*.c core/diffusion/*.c core/calib/*.c core/metric/*.c; do
  if ! grep -qF "$file" docs/equations.md; then
    echo "$file: no row in docs/equations.md" >&2
    bad=1
  fi
done
# And no row names a file that is gone.
for file in $(grep -oE 'core/[a-z0-9-]+/[a-z0-9.-]+\.(c|h|inc)' docs/equations.md | sort -u); do
  if [ ! -e "$file" ]; then
    echo "docs/equations.md names $file, which does not exist" >&2
    bad=1
  fi
done
exit "$bad"
