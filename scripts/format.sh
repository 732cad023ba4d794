#!/usr/bin/env bash
# Formats every C and C++ source as .clang-format says (clang-format 14; other versions differ in places).
# Usage: scripts/format.sh
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -d '' files < <(find core figure app ui cuda tests -regex '.*\.\(c\|h\|cpp\)' -print0)
clang-format -i "${files[@]}"
# Marks of translatable texts stand close to them, which clang-format cannot be told.
sed -i -E 's/(^|[^[:alnum:]_])(N_|C_|_) \(/\1\2(/g' "${files[@]}"
