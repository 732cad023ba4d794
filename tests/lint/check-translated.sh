#!/usr/bin/env bash
# Parameters' help and outputs' titles are shown to users: each is marked for translation.
set -euo pipefail
cd "${1:-.}"
found=$(find core figure app ui -name '*.[ch]' -print0 | xargs -0 perl -0777 -ne '
  s/N_\(\s+"/N_("/g;
  while (/MSM_PARAM_(?:BOOL|INT|FLOAT|CHOICE|TEXT),(?:(?!MSM_PARAM_TEXT|\n  \{).)*?(?<!N_\()"[A-Z][^"\n]* [^"\n]*"/sg) { print "$ARGV: $&\n" }
  while (/\.help = "|MsmSamplerOutput\)\{ "[a-z-]+", ".*/g) { print "$ARGV: $&\n" }')
[ -z "$found" ] && exit 0
echo "not marked with N_(…):"
echo "$found"
exit 1
