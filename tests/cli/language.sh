#!/usr/bin/env bash
# What the library says reaches the user in his language: from the program itself, from the process that reads
# HDF5, and with numbers in it.
. "$(dirname "$0")/support.sh"
export LANGUAGE=de

# glibc takes no language in the locale C, and since 2.35 not in C.UTF-8: what gettext itself can do is the measure.
catalogues=$(realpath "$(dirname "$msm")/../../po")
for LC_ALL in C.UTF-8 $(locale -a); do
  export LC_ALL
  [ "$(TEXTDOMAINDIR=$catalogues gettext -d msm-studio Slices 2>/dev/null)" != Schichten ] || break
done
if [ "$(TEXTDOMAINDIR=$catalogues gettext -d msm-studio Slices)" != Schichten ]; then
  echo "no locale here has messages in German"
  exit 77
fi

# german STATUS WORDS COMMAND…: its exit status, and words of its message
german ()
{
  local status=$1 words=$2
  shift 2
  expect "$status" "$@"
  grep -q -- "$words" stdout.txt stderr.txt || fail "expected ‘$words’: $* ($(cat stdout.txt stderr.txt))"
}

expect 0 "$msm" phantom p.h5 --rows 32 --columns 32 --coils 2
german 0 'Abtastung vollständig' "$msm" info p.h5
german 0 'keine Geometrie' "$msm" info p.h5
german 1 'Schicht 7 wurde verlangt' "$msm" recon p.h5 --slice 7
german 2 'unbekanntes Verfahren' "$msm" recon p.h5 --method none
german 2 'muss von 1 bis 1000 sein' "$msm" recon p.h5 --iterations 0
head -c 3000 p.h5 >cut.h5
german 1 'abgeschnitten oder beschädigt (3000 Bytes)' "$msm" info cut.h5
printf 'nonsense' >x.h5
german 1 'kein bekanntes Format' "$msm" info x.h5
