#!/usr/bin/env bash
# Every result says how it was made, and is made again of that with the same bytes.
make_prior=$(realpath "$2")
. "$(dirname "$0")/support.sh"

expect 0 "$msm" phantom p.h5 --rows 48 --columns 48 --coils 4 --noise 0.01
"$make_prior" 1 8 prior.h5

# replay FILE [flags]: FILE made again elsewhere, from what is in it
replay ()
{
  local file=$1
  shift
  mkdir -p again
  expect 0 "$msm" recon --experiment "$file" --out "again/$file" "$@"
  cmp "$file" "again/$file" || fail "$file is not repeated"
}

flags=(--method l1-wavelet --iterations 7 --pattern variable-density --accel 3 --pattern-seed 5 --espirit-calib 16)
for name in r.png r.h5 r.nii r.nii.gz r.cfl; do
  expect 0 "$msm" recon p.h5 "${flags[@]}" --threads 1 --json --out $name
  replay $name
done
cmp r.hdr again/r.hdr || fail "the header of r.cfl is not repeated"

# The middle slice is said by its number, and a batch's files each tell of their own slice.
expect 0 "$msm" recon p.h5 "${flags[@]}" --slices 0 --out batch.png
for name in batch-*.png; do replay "$name"; done

# An operator and a picture; a mask from a file, found beside the result.
expect 0 "$msm" recon p.h5 --operator blur --operator-std 2 --method tv --iterations 5 --out blurred.png
replay blurred.png
expect 0 "$msm" mask m.png --pattern poisson --readout 48 --phase 48
expect 0 "$msm" recon p.h5 --mask m.png --method cg-sense --out masked.h5
replay masked.h5

# Where the scan is not beside the result it has to be given.
mkdir moved
cp r.png moved
expect 1 "$msm" recon --experiment moved/r.png --out x.png
grep -q "moved/p.h5" stderr.txt || fail "the missing scan is not named: $(cat stderr.txt)"
expect 0 "$msm" recon --experiment moved/r.png --out x.png p.h5
cmp r.png x.png || fail "a moved result is not repeated"

# Samples of a prior, and a trajectory.
expect 0 "$msm" sample --prior prior.h5 --steps 10 --samples 3 --seed 4 --out s.h5 --trajectory t.h5
expect 0 "$msm" sample --experiment s.h5 --out again.h5
cmp s.h5 again.h5 || fail "samples are not repeated"
expect 0 "$msm" sample --experiment t.h5 --out again.h5
cmp s.h5 again.h5 || fail "a trajectory does not tell how it was made"

# What tells of nothing.
head -c 2000 /dev/urandom >noise.png
expect 1 "$msm" recon --experiment noise.png
expect 1 "$msm" recon --experiment p.h5
expect 1 "$msm" recon --experiment missing.png
expect 0 "$msm" render r.png rendered.png
expect 1 "$msm" recon --experiment rendered.png
nothing x.h5
