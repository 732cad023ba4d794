#!/usr/bin/env bash
# Films of every kind and format, read back by other programs where there are any; and what makes no film.
demo=$(realpath "$2")
source "$(dirname "$0")/support.sh"

expect 0 "$msm" phantom p.h5 --rows 48 --columns 48 --coils 4 --seed 1
film=("$msm" film p.h5 --accel 3 --acs 12 --espirit-calib 12 --zoom 2)
methods=(--methods zero-filled,cg-sense:iterations=5)

# pictures FILE N: so many pictures, as ffprobe counts them
pictures ()
{
  local found
  command -v ffprobe >/dev/null || return 0
  found=$(ffprobe -v error -count_frames -show_entries stream=nb_read_frames -of csv=p=0 "$1")
  [ "$found" = "$2" ] || fail "$1 has $found pictures, expected $2"
}

# Five steps, the last of which stays for half a second of four pictures.
for kind in png gif; do
  expect 0 "${film[@]}" "${methods[@]}" --rate 8 --hold 0.5 --out a.$kind --force
  grep -q '9 pictures' stdout.txt || fail "a.$kind: $(cat stdout.txt)"
  pictures a.$kind 9
done
grep -q 'CG-SENSE' a.txt || fail "no caption beside the film"
! grep -qF 'p.h5' a.txt || fail "a film names its scan"
expect 0 "${film[@]}" "${methods[@]}" --rate 8 --hold 0.5 --out a.webp --force
if command -v webpinfo >/dev/null; then
  webpinfo -quiet a.webp >/dev/null || fail "webpinfo refuses a.webp"
  [ "$(webpinfo a.webp | grep -c 'Chunk ANMF')" -ge 5 ] || fail "a.webp lacks steps"
fi
# The same settings, the same bytes.
cp a.webp first.webp
expect 0 "${film[@]}" "${methods[@]}" --rate 8 --hold 0.5 --out a.webp --force
cmp a.webp first.webp || fail "a film is not the same twice"

expect 0 "$msm" film "$demo" --accel 4 --methods zero-filled --kind slices --slices 0-2 --zoom 1 --out s.png
pictures s.png 3
expect 0 "${film[@]}" "${methods[@]}" --kind flicker --show image,error --out f.png
pictures f.png 2
expect 0 "${film[@]}" "${methods[@]}" --kind flicker --out g.png
pictures g.png 3

# A result is run again.
expect 0 "$msm" recon p.h5 --method cg-sense --iterations 4 --accel 3 --acs 12 --espirit-calib 12 --out r.h5
expect 0 "$msm" film r.h5 --hold 0 --out r.png
pictures r.png 4

refuse ()
{
  local status=$1 words=$2
  shift 2
  expect "$status" "$@"
  grep -qF -- "$words" stderr.txt || fail "expected “$words”: $(cat stderr.txt)"
}
# Where ffmpeg is missing, a line says so; else it makes them.
if command -v ffmpeg >/dev/null; then
  expect 0 "${film[@]}" "${methods[@]}" --hold 0 --out m.mp4
  pictures m.mp4 5
fi
mkdir empty
refuse 1 'ffmpeg' env PATH="$folder/empty" "${film[@]}" "${methods[@]}" --out n.mp4
# One that fails at once, and one that never takes anything in before it ends.
printf '#!/bin/sh\nexit 3\n' >empty/ffmpeg
chmod +x empty/ffmpeg
refuse 1 'n.mp4' env PATH="$folder/empty:/bin" "${film[@]}" "${methods[@]}" --out n.mp4
refuse 2 'a film is a .webp' "${film[@]}" "${methods[@]}" --out n.avi
refuse 1 'more than one step' "${film[@]}" --methods zero-filled --out n.png
refuse 1 'several samples' "${film[@]}" "${methods[@]}" --kind samples --out n.png
refuse 1 'one slice makes no film' "${film[@]}" "${methods[@]}" --kind slices --slices 0 --out n.png
refuse 1 'exists already' "${film[@]}" "${methods[@]}" --out s.png
nothing n.png n.mp4 n.avi
