#!/usr/bin/env bash
# po/POTFILES lists exactly the files with translatable text, sorted; every language of po/LINGUAS has a catalogue
# that msgfmt accepts; no message of an error is left out of the catalogues, nor cut in two by GLib's format macros.
# Usage: check-potfiles.sh SOURCE_ROOT
set -euo pipefail
cd "$1"
bad=0
wanted=$( (grep -lrE '(^|[^A-Za-z0-9_])(_|N_|C_|Q_|ngettext|g_dngettext) ?\("' --include='*.c' --include='*.cpp' --include='*.h' core figure app ui || true
           ls data/*.desktop.in data/*.metainfo.xml.in data/*.gschema.xml) | LC_ALL=C sort)
if ! difference=$(diff <(echo "$wanted") po/POTFILES); then
  echo "po/POTFILES is not the sorted list of files with translatable text (< missing, > too many):" >&2
  echo "$difference" >&2
  bad=1
fi
# A message of words, not only of conversions such as "%s: %s".
bare=$(find core figure app ui \( -name '*.c' -o -name '*.cpp' \) -print0 | xargs -0 perl -0ne '
  while (/(?:g_set_error|g_error_new|g_prefix_error)(?:_literal)? \((?:\s*[\w>.-]+,){1,3}\s*("[^"]*")/g)
    { my $words = my $text = $1; $words =~ s/%[-0-9.*]*z?[a-z]//g; print "$ARGV: $text\n" if $words =~ /[a-z]{2}/i; }
  while (/_ ?\((\s*"[^"]*"\s*G_\w+)/g) { print "$ARGV: $1\n"; }')
if [ -n "$bare" ]; then
  echo "not translatable (write _(\"…\"), and %zu or PRIu64 for GLib's macros):" >&2
  echo "$bare" >&2
  bad=1
fi
for language in $(grep -vE '^#' po/LINGUAS || true); do
  if [ ! -f "po/$language.po" ]; then
    echo "po/LINGUAS names $language, po/$language.po is missing" >&2
    bad=1
  elif command -v msgfmt >/dev/null && ! msgfmt --check --output-file=/dev/null "po/$language.po"; then
    bad=1
  fi
done
exit "$bad"
