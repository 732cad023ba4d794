#!/usr/bin/env bash
# Whatever is wrong with a file: status 1, one line, nothing left behind.
. "$(dirname "$0")/support.sh"

expect 0 "$msm" phantom p.h5 --rows 64 --columns 64 --coils 4
expect 0 "$msm" phantom p.cfl --rows 64 --columns 64 --coils 4
# What cannot be written is refused, not left out.
expect 0 "$msm" phantom v.h5 --rows 32 --columns 32 --coils 1 --image-out v.nii
expect 1 "$msm" phantom s.h5 --simulate v.nii --size 32 --slices 1 --sens-out c.cfl
grep -q -- "--sens-out" stderr.txt || fail "sens-out with simulate: $(cat stderr.txt)"
nothing s.h5

bad ()
{
  expect 1 "$msm" info "$1"
  expect 1 "$msm" recon "$1" --out out.h5
  nothing out.h5
}

bad missing.h5
bad .
: >empty.h5
bad empty.h5
head -c 4096 /dev/zero >zeros.h5
bad zeros.h5
printf 'This is no measurement.\n' >text.h5
bad text.h5
head -c 300 p.h5 >head.h5
bad head.h5
head -c $(($(stat -c %s p.h5) / 2)) p.h5 >half.h5
expect 1 "$msm" recon half.h5 --out out.h5
nothing out.h5

# cfl: half of the data; a header with absurd, negative and missing sizes; no header at all
head -c 4096 p.cfl >short.cfl && cp p.hdr short.hdr
bad short.cfl
for sizes in '1000000 1000000 1 8' '-4 64 1 4' '0 64 1 4' 'many' ''; do
  cp p.cfl odd.cfl
  printf '# Dimensions\n%s\n' "$sizes" >odd.hdr
  bad odd.cfl
done
cp p.cfl alone.cfl
bad alone.cfl

# NaN in k-space: a float32 quiet NaN in the first value
cp p.cfl nan.cfl && cp p.hdr nan.hdr
printf '\0\0\300\177' | dd of=nan.cfl bs=1 conv=notrunc status=none
expect 1 "$msm" recon nan.cfl --out out.h5
nothing out.h5

# an HDF5 file that is something else, and a PNG cut off
expect 0 "$msm" sens p.h5 sens.h5
bad sens.h5
expect 0 "$msm" recon p.h5 --out x.png
head -c 100 x.png >cut.png
bad cut.png

# What is no regular file is refused before it is opened: a pipe without a writer would never end, nor would a device.
mkfifo pipe.h5 pipe.cfl pipe.hdr
for odd in pipe.h5 pipe.cfl /dev/zero; do
  waits=(timeout 60 "$msm")
  expect 1 "${waits[@]}" info "$odd"
  grep -q 'a pipe, a socket or a device' stderr.txt || fail "$odd: $(cat stderr.txt)"
  expect 1 "${waits[@]}" recon "$odd" --out out.h5
  expect 1 "${waits[@]}" recon p.h5 --mask "$odd" --out out.h5
  expect 1 "${waits[@]}" recon p.h5 --sens "$odd" --out out.h5
  expect 1 "${waits[@]}" recon p.h5 --method msm --prior "$odd" --out out.h5
  expect 1 "${waits[@]}" recon --experiment "$odd" --out out.h5
  expect 1 "${waits[@]}" metrics "$odd" x.png
  expect 1 "${waits[@]}" import-checkpoint "$odd" out.safetensors
done
: >data.cfl && ln -s pipe.hdr data.hdr
expect 1 timeout 60 "$msm" info data.cfl
nothing out.h5 out.safetensors

# values that do not fit the scan
expect 1 "$msm" recon p.h5 --slice 7 --out out.h5
expect 1 "$msm" recon p.h5 --device no-such-device --out out.h5
expect 1 "$msm" recon p.h5 --mask missing.png --out out.h5
expect 0 "$msm" mask small.png --readout 16 --phase 16 --acs 4
expect 1 "$msm" recon p.h5 --mask small.png --out out.h5
printf 'not a mask' >mask.txt
expect 1 "$msm" recon p.h5 --mask mask.txt --out out.h5
head -c 32768 /dev/zero >none.cfl && printf '# Dimensions\n64 64 1 1\n' >none.hdr
expect 1 "$msm" recon p.h5 --mask none.cfl --out out.h5
grep -q 'none.cfl: the mask is empty' stderr.txt || fail "empty mask: $(cat stderr.txt)"
expect 1 "$msm" recon p.h5 --sens missing.cfl --out out.h5
expect 1 "$msm" recon p.h5 --out out.doc
nothing out.h5 out.doc

# outputs that cannot be written: no such folder, a folder, a full disk
for extension in h5 cfl png nii nii.gz; do
  expect 1 "$msm" recon p.h5 --out "no/such/folder.$extension"
  mkdir "folder.$extension"
  expect 1 "$msm" recon p.h5 --out "folder.$extension"
  [ -z "$(ls -A "folder.$extension")" ] || fail "something in folder.$extension"
  rmdir "folder.$extension"
  nothing "folder.$extension"
done

# A full disk: 16 KiB of tmpfs, where this user may mount one in a namespace of its own.
mkdir full
if unshare -m true 2>/dev/null; then
  cat >full.sh <<'END'
set -eu
mount -t tmpfs -o size=16k none full
for extension in h5 cfl png nii; do
  status=0
  "$1" recon p.h5 --out "full/x.$extension" >/dev/null 2>stderr.txt </dev/null || status=$?
  [ "$status" -eq 1 ] || { echo "full disk, $extension: status $status: $(cat stderr.txt)"; exit 1; }
  [ "$(wc -l <stderr.txt)" -eq 1 ] || { echo "full disk, $extension: $(cat stderr.txt)"; exit 1; }
  [ -z "$(ls -A full)" ] || { echo "full disk, $extension: left $(ls -A full)"; exit 1; }
done
status=0
"$1" phantom full/y.h5 >/dev/null 2>stderr.txt </dev/null || status=$?
[ "$status" -eq 1 ] || { echo "full disk, phantom: status $status: $(cat stderr.txt)"; exit 1; }
[ "$(wc -l <stderr.txt)" -eq 1 ] || { echo "full disk, phantom: $(cat stderr.txt)"; exit 1; }
[ -z "$(ls -A full)" ] || { echo "full disk, phantom: left $(ls -A full)"; exit 1; }
END
  if unshare -m bash -c 'mount -t tmpfs -o size=16k none full' 2>/dev/null; then
    # 64 × 64: even the 16-bit PNG of noise is more than 4 KiB, the cfl is 32 KiB.
    head -c 12000 /dev/zero >filler
    sed -i 's/^for ext/head -c 12000 \/dev\/zero >full\/.filler 2>\/dev\/null || true\nfor ext/; s/ls -A full/ls full/g' full.sh
    unshare -m bash full.sh "$msm" || fail "full disk"
  fi
fi
if [ -w /dev/full ]; then
  status=0
  "$msm" info p.h5 >/dev/full 2>stderr.txt || status=$?
  [ "$status" -eq 1 ] || fail "full standard output: status $status"
fi

# Values whose squares are no float32 numbers are one line, and no PSNR of nan: a point of 1e38, all of 1e-38.
cp p.cfl far.cfl && cp p.hdr far.hdr
printf '\231\166\226\176' | dd of=far.cfl bs=1 conv=notrunc status=none
expect 1 "$msm" recon far.cfl --out out.h5
grep -q "far.cfl: the largest value of slice 0 is 1e+38, expected one between" stderr.txt || fail "$(cat stderr.txt)"
for ((i = 0; i < $(stat -c %s p.cfl); i += 4)); do printf '\356\343\154\000'; done >far.cfl
expect 1 "$msm" recon far.cfl --out out.h5
grep -q "far.cfl: the largest value of slice 0 is 1e-38, expected one between" stderr.txt || fail "$(cat stderr.txt)"
nothing out.h5

# What a name says reaches the terminal as text: no escape sequence of it is obeyed, none of a megabyte echoed.
evil="e"$'\033]0;owned\007'.h5
cp text.h5 "$evil"
expect 1 "$msm" info "$evil"
! grep -q $'\033' stderr.txt || fail "an escape sequence reaches the terminal"
grep -qF 'e\x1b]0;owned\x07.h5' stderr.txt || fail "the name is not written out: $(cat stderr.txt)"
expect 1 "$msm" info "$(head -c 100000 /dev/zero | tr '\0' n).h5"
[ "$(stat -c %s stderr.txt)" -lt 2000 ] || fail "a long name is echoed: $(stat -c %s stderr.txt) bytes"
