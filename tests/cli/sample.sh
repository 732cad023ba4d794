#!/usr/bin/env bash
# Samples of closed-form priors: the same seed gives the same bytes, an experiment file repeats a run, and what is
# wrong is said.
make_prior=$(realpath "$2")
. "$(dirname "$0")/support.sh"

"$make_prior" 1 8 picture.h5
"$make_prior" 2 8 complex.h5
flags=(--samples 6 --steps 20 --masks-grid 3 --keep-samples)
expect 0 "$msm" sample --prior picture.h5 "${flags[@]}" --out a.h5 --threads 1 --save-experiment run.ini
expect 0 "$msm" sample --prior picture.h5 "${flags[@]}" --out b.h5 --threads 2
cmp a.h5 b.h5 || fail "the number of threads changes the samples"
expect 0 "$msm" sample --experiment run.ini --keep-samples --out c.h5
cmp a.h5 c.h5 || fail "the experiment file does not repeat the run"
expect 0 "$msm" sample --prior picture.h5 "${flags[@]}" --out d.h5 --seed 2
! cmp -s a.h5 d.h5 || fail "--seed changes nothing"
expect 0 "$msm" sample --prior complex.h5 --samples 2 --steps 10 --masks-acs 2 --out e.h5 --trajectory t.h5 \
  --trajectory-every 3
[ -s t.h5 ] || fail "no trajectory"
expect 0 "$msm" sample --prior picture.h5 --steps 10 --out picture.png
expect 0 "$msm" selftest --size 4 --steps 50 --samples 200

# The paper's settings, which flags change; those of pictures and of sampled k-space are others.
expect 0 "$msm" sample --preset paper --prior picture.h5 --steps 10 --masks-grid 3 --force --save-experiment paper.ini --out p.png
grep -qx "clip_denoised=yes" paper.ini || fail "--preset paper of sample does not clip: $(cat paper.ini)"
grep -qx "steps=10" paper.ini || fail "a flag does not change the preset"
expect 0 "$msm" recon picture.png --operator inpaint-box --preset paper --prior picture.h5 --steps 10 --masks-grid 3 \
  --force --save-experiment paper.ini --out q.png
grep -qx "likelihood=pseudo-inverse" paper.ini || fail "--preset paper of pictures has another likelihood"
grep -qx "noise=0.005" paper.ini || fail "--preset paper of pictures has other noise"
expect 0 "$msm" phantom --rows 24 --columns 24 --coils 2 scan.h5
"$make_prior" 2 24 large.h5
expect 0 "$msm" recon scan.h5 --accel 2 --acs 8 --preset paper --prior large.h5 --steps 10 --force --save-experiment paper.ini \
  --out r.h5
grep -qx "lik_place=estimate" paper.ini || fail "--preset paper of k-space acts in the masks"
grep -qx "smooth_phase=no" paper.ini || fail "--preset paper of k-space has maps with the image's phase"
expect 2 "$msm" sample --preset nobody --prior picture.h5
grep -q "paper" stderr.txt || fail "the presets are not named: $(cat stderr.txt)"
expect 2 "$msm" sample --preset paper --experiment run.ini

# What is wrong is one line, before any work.
expect 1 "$msm" sample --steps 10
expect 1 "$msm" sample --prior no-such.h5
expect 1 "$msm" sample --prior picture.h5 --steps 30
grep -q "25" stderr.txt || fail "the nearest divisors of 1000 are not named: $(cat stderr.txt)"
expect 1 "$msm" sample --prior picture.h5 --size 16
expect 1 "$msm" sample --prior picture.h5 --steps 10 --keep-samples --out x.png
expect 1 "$msm" sample --prior picture.h5 --steps 1 --masks pixels --masks-fraction 0.9
grep -q "never cover" stderr.txt || fail "masks that never cover are not refused: $(cat stderr.txt)"
expect 1 "$msm" sample --prior picture.h5 --samples 100000 --batch 100000 --size 8 --trajectory x.png
# Memory that is not there is said, by whom it was wanted and for what. (A sanitiser needs more than this itself.)
if (ulimit -v 1500000 && "$msm" --version) >/dev/null 2>&1; then
  (ulimit -v 1500000
   expect 1 "$msm" sample --prior brain-256 --samples 64 --batch 64 --steps 10 --threads 1 --out big.h5
   grep -q "not enough memory" stderr.txt || fail "no memory: $(cat stderr.txt)")
  nothing big.h5
fi
expect 1 "$msm" sample --prior .
grep -q "is a folder, expected a file" stderr.txt || fail "a folder as prior: $(cat stderr.txt)"
printf 'no prior' >bad.h5
expect 1 "$msm" sample --prior bad.h5
expect 2 "$msm" sample --prior picture.h5 --masks no-such
nothing x.png x.h5
