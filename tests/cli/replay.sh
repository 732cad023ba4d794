#!/usr/bin/env bash
# Every result says how it was made, and is made again of that with the same bytes.
make_prior=$(realpath "$2")
. "$(dirname "$0")/support.sh"

expect 0 "$msm" phantom --force p.h5 --rows 48 --columns 48 --coils 4 --noise 0.01
"$make_prior" 1 8 prior.h5

# replay FILE [flags]: FILE made again elsewhere, from what is in it
replay ()
{
  local file=$1
  shift
  mkdir -p again
  expect 0 "$msm" recon --force --experiment "$file" --out "again/$file" "$@"
  cmp "$file" "again/$file" || fail "$file is not repeated"
}

flags=(--method l1-wavelet --iterations 7 --pattern variable-density --accel 3 --pattern-seed 5 --espirit-calib 16)
for name in r.png r.h5 r.nii r.nii.gz r.cfl; do
  expect 0 "$msm" recon --force p.h5 "${flags[@]}" --threads 1 --json --out $name
  replay $name
done
cmp r.hdr again/r.hdr || fail "the header of r.cfl is not repeated"

# The middle slice is said by its number, and a batch's files each tell of their own slice.
expect 0 "$msm" recon --force p.h5 "${flags[@]}" --slices 0 --out batch.png
for name in batch-*.png; do replay "$name"; done

# An operator and a picture; a mask from a file, found beside the result.
expect 0 "$msm" recon --force p.h5 --operator blur --operator-std 2 --method tv --iterations 5 --out blurred.png
replay blurred.png
expect 0 "$msm" mask --force m.png --pattern poisson --readout 48 --phase 48
expect 0 "$msm" recon --force p.h5 --mask m.png --method cg-sense --out masked.h5
replay masked.h5

# Where the scan is not beside the result it has to be given.
mkdir moved
cp r.png moved
expect 1 "$msm" recon --force --experiment moved/r.png --out x.png
grep -q "moved/p.h5" stderr.txt || fail "the missing scan is not named: $(cat stderr.txt)"
expect 0 "$msm" recon --force --experiment moved/r.png --out x.png p.h5
cmp r.png x.png || fail "a moved result is not repeated"

# Samples of a prior, and a trajectory.
expect 0 "$msm" sample --force --prior prior.h5 --steps 10 --samples 3 --seed 4 --out s.h5 --trajectory t.h5
expect 0 "$msm" sample --force --experiment s.h5 --out again.h5
cmp s.h5 again.h5 || fail "samples are not repeated"
expect 0 "$msm" sample --force --experiment t.h5 --out again.h5
cmp s.h5 again.h5 || fail "a trajectory does not tell how it was made"

# Through coil maps: other samples than without, and the maps are part of what is repeated.
expect 0 "$msm" phantom --force small.h5 --rows 8 --columns 8 --coils 2 --sens-out maps.cfl
"$make_prior" 2 8 complex.h5
expect 0 "$msm" sample --force --prior complex.h5 --steps 10 --masks-acs 2 --seed 4 --out plain.cfl
expect 0 "$msm" sample --force --prior complex.h5 --steps 10 --masks-acs 2 --seed 4 --sens maps.cfl --out coils.cfl
! cmp -s plain.cfl coils.cfl || fail "the maps change nothing"
expect 0 "$msm" sample --force --experiment coils.cfl --out again.cfl
cmp coils.cfl again.cfl || fail "samples through coil maps are not repeated"
expect 0 "$msm" sample --force --prior complex.h5 --steps 10 --masks-acs 2 --seed 4 --sens maps.cfl --save-experiment coils.ini
expect 0 "$msm" sample --force --experiment coils.ini --out again.cfl
cmp coils.cfl again.cfl || fail "a saved experiment has lost its coil maps"

# A branch with nothing changed is the run itself; with another seed it is not, and is repeated from its own result.
# branch NAME [section.key=value]
branch ()
{
  cp whole.ini "$1.ini"
  printf '\n[branch 1]\nstep=4\n%s\n' "${2:-}" >>"$1.ini"
}
for command in sample recon; do
  case $command in
    sample) flags=(--prior complex.h5 --masks-acs 2) ; section=sample ;;
    recon) flags=(small.h5 --method msm --prior complex.h5 --masks-acs 2 --pattern random --accel 2 --acs 4) ; section=method ;;
  esac
  expect 0 "$msm" $command --force "${flags[@]}" --steps 10 --seed 4 --save-experiment whole.ini --out whole.cfl
  branch same
  expect 0 "$msm" $command --force --experiment same.ini --out same.cfl
  cmp whole.cfl same.cfl || fail "$command: a branch with nothing changed is another run"
  branch other "$section.seed=7"
  expect 0 "$msm" $command --force --experiment other.ini --out other.cfl
  ! cmp -s whole.cfl other.cfl || fail "$command: the branch's seed changes nothing"
  expect 0 "$msm" $command --force --experiment whole.ini --seed 7 --out seven.cfl
  ! cmp -s seven.cfl other.cfl || fail "$command: the branch does not begin where it says"
  expect 0 "$msm" $command --force --experiment other.cfl --out again.cfl
  cmp other.cfl again.cfl || fail "$command: a branch's result is not repeated"
  printf '\n[branch 2]\nstep=8\n%s.ddim_eta=0.2\n' $section >>other.ini
  expect 0 "$msm" $command --force --experiment other.ini --out third.cfl --save-experiment saved.ini
  ! cmp -s other.cfl third.cfl || fail "$command: the second branch changes nothing"
  expect 0 "$msm" $command --force --experiment saved.ini --out again.cfl
  cmp third.cfl again.cfl || fail "$command: a saved branch of a branch is not repeated"
  branch late
  sed -i 's/^step=4/step=10/' late.ini
  expect 1 "$msm" $command --force --experiment late.ini --out late.cfl
  nothing late.cfl
done

# What tells of nothing.
head -c 2000 /dev/urandom >noise.png
expect 1 "$msm" recon --force --experiment noise.png
expect 1 "$msm" recon --force --experiment p.h5
expect 1 "$msm" recon --force --experiment missing.png
expect 0 "$msm" render --force r.png rendered.png
expect 1 "$msm" recon --force --experiment rendered.png
nothing x.h5

# Names may hold semicolons, and bytes that are no UTF-8: in outputs, in experiments, and in what results carry.
for name in 'a;b' $'a\xff'; do
  cp p.h5 "$name.h5"
  expect 0 "$msm" recon "$name.h5" --method zero-filled --out "$name.png" --save-experiment "$name.ini"
  for from in "$name.ini" "$name.png"; do
    [ "$from" != $'a\xff.png' ] || continue # a result holds no folder, and a name alone cannot be written otherwise
    expect 0 "$msm" recon --experiment "$from" --out again.png --force
    cmp <("$msm" metrics again.png "$name.png" --max-nrmse 0) <("$msm" metrics "$name.png" "$name.png") ||
      fail "$from: another picture"
  done
  expect 0 "$msm" recon "$name.h5" --method zero-filled --json
  expect 0 "$msm" convert "$name.h5" "$name.cfl"
  expect 0 "$msm" info "$name.cfl" --json
done
