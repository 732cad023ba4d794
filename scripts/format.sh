#!/usr/bin/env bash
# Formats every C and C++ source as .clang-format says (clang-format 14; other versions differ in places).
# Usage: scripts/format.sh [--check]
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -d '' files < <(find core app ui cuda tests -regex '.*\.\(c\|h\|cpp\)' -print0)
if [ "${1:-}" = --check ]; then
  exec clang-format --dry-run -Werror "${files[@]}"
fi
exec clang-format -i "${files[@]}"
