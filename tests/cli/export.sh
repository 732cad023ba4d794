#!/usr/bin/env bash
# Volumes that leave the program, as other programs see them.
source "$(dirname "$0")/support.sh"
demo=$2

expect 0 "$msm" recon "$demo" --slices all --method zero-filled --out r.h5
slices=(r-*.h5)
[ "${#slices[@]}" -eq 4 ] || fail "four slices, found ${slices[*]}"
expect 0 "$msm" export "${slices[@]}" --out v.dcm
grep -q "Note: DICOM does not hold" stdout.txt || fail "what is lost is not said: $(cat stdout.txt)"
[ "$(ls v.dcm | wc -l)" -eq 4 ] || fail "not one file for each slice: $(ls v.dcm)"
for kind in mr capture map; do
  expect 0 "$msm" export v.dcm --out "$kind.dcm" --object $kind --anonymise
  for file in $(find "$kind.dcm" -type f); do
    if command -v dciodvfy >/dev/null; then
      dciodvfy "$file" >checked.txt 2>&1 || fail "$file: $(cat checked.txt)"
      ! grep -qE "^(Error|Warning)" checked.txt || fail "$file: $(cat checked.txt)"
    fi
    if command -v dcmdump >/dev/null; then
      dcmdump -q +P PatientName +P SeriesDescription +P BurnedInAnnotation "$file" >dump.txt
      grep -qi "not for diagnostic use" dump.txt || fail "$file: nobody is warned: $(cat dump.txt)"
      ! grep -q "$(basename "$demo" .h5)" <(dcmdump -q "$file") || fail "$file names the scan"
    fi
  done
done
# Through DICOM and NIfTI, slices are in the same order with the same values.
expect 0 "$msm" export v.dcm --out v.nii.gz
expect 0 "$msm" export v.dcm --out v.npy
expect 0 "$msm" metrics v.nii.gz v.dcm --volume --max-nrmse 0.000001
for slice in 0 3; do
  expect 0 "$msm" metrics v.dcm "${slices[$slice]}" --slice $slice --reference-slice 0 --scale --max-nrmse 0.001
done
# All slices as one file at once are the same volume, in the order that was asked for; a file's experiment repeats them.
expect 0 "$msm" recon "$demo" --slices all --volume --method zero-filled --out one.nii.gz
grep -q "one.nii.gz: 4 slices" stdout.txt || fail "it is not said what was written: $(cat stdout.txt)"
expect 0 "$msm" export "${slices[@]}" --out several.nii.gz
expect 0 "$msm" metrics one.nii.gz several.nii.gz --volume --max-nrmse 0.000001
expect 0 "$msm" recon "$demo" --slices 3,1 --volume --method zero-filled --out two.h5
expect 0 "$msm" metrics two.h5 r-3.h5 --slice 0 --reference-slice 0 --max-nrmse 0.000001
expect 0 "$msm" metrics two.h5 r-1.h5 --slice 1 --reference-slice 0 --max-nrmse 0.000001
expect 1 "$msm" recon "$demo" --slices all --volume --method zero-filled --out one.nii.gz
expect 1 "$msm" recon "$demo" --slices all --volume --method zero-filled --out one.png
grep -q "several slices" stderr.txt || fail "a picture of four slices: $(cat stderr.txt)"
expect 2 "$msm" recon "$demo" --volume --method zero-filled --out slice.nii
nothing one.png slice.nii one-0.nii.gz
# Refused before anything is written: what is an input, what exists, what cannot hold it, what does not fit together.
expect 1 "$msm" export v.dcm --out v.dcm --force
expect 1 "$msm" export v.dcm/IM0001.dcm --out v.dcm --force
expect 1 "$msm" export v.dcm --out v.nii.gz
expect 1 "$msm" export v.dcm --out v.png
grep -q "several slices" stderr.txt || fail "a picture of four slices: $(cat stderr.txt)"
expect 1 "$msm" export v.dcm --out v.jpg
expect 1 "$msm" export "$demo" --out k.nii
grep -q "k-space" stderr.txt || fail "k-space is not an image: $(cat stderr.txt)"
nothing v.png v.jpg k.nii
expect 0 "$msm" phantom small.h5 --rows 32 --columns 32 --coils 2 --image-out small.nii
expect 1 "$msm" export v.nii.gz small.nii --out both.nii
nothing both.nii
expect 2 "$msm" export v.dcm

# An archive of somebody else's: what it stored is what was sent; one that is not there is said so.
if command -v storescp >/dev/null; then
  port=$((20000 + $$ % 20000))
  mkdir archive
  storescp -od archive "$port" >/dev/null 2>&1 &
  trap 'kill '$!' 2>/dev/null || true; rm -rf "$folder"' EXIT
  sent=no
  for try in $(seq 50); do
    if "$msm" send v.dcm --to "127.0.0.1:$port" --timeout 5 >stdout.txt 2>/dev/null; then
      sent=yes
      break
    fi
    sleep 0.1
  done
  [ $sent = yes ] || fail "nothing was sent to port $port"
  grep -q "4 files are stored" stdout.txt || fail "not four: $(cat stdout.txt)"
  expect 0 "$msm" export archive --out back.npy
  cmp v.npy back.npy || fail "the archive has other pixels"
  kill %1
  wait %1 2>/dev/null || true
  expect 1 "$msm" send v.dcm --to "127.0.0.1:$port" --timeout 2
fi
