#!/usr/bin/env bash
# Phantom → mask → reconstruction → metrics, for every method and output; the same command gives the same bytes.
. "$(dirname "$0")/support.sh"

expect 0 "$msm" phantom --force p.h5 --rows 96 --columns 80 --coils 6 --noise 0.002 --seed 3
expect 0 "$msm" info p.h5
expect 0 "$msm" info p.h5 --json
python3 -c 'import json; json.load(open("stdout.txt"))' 2>/dev/null || ! command -v python3 >/dev/null ||
  fail "msm info --json is no JSON"

expect 0 "$msm" mask --force mask.png --readout 96 --phase 80 --pattern random --accel 2 --acs 24 --seed 1
expect 0 "$msm" mask --force --out mask.h5 --readout 96 --phase 80 --pattern random --accel 2 --acs 24 --seed 1

# Bounds: 0.048 to 0.075 and 0.25 are reached here, and a margin of about a half is for other compilers. The
# phantom's sharp edges and its empty background, where the reference is noise, set the floor.
for method in cg-sense:0.11 l1-wavelet:0.075 tv:0.1 zero-filled:0.38; do
  name=${method%:*}
  expect 0 "$msm" recon --force p.h5 --method "$name" --mask mask.png --out "$name.h5"
  expect 0 "$msm" metrics "$name.h5" p.h5 --reference-dataset reconstruction_rss --max-nrmse "${method#*:}"
done
# Without noise a fully sampled root sum of squares is the reference itself, up to float32 rounding of two transforms;
# with noise it is not, since the reference of a simulation is the object.
expect 0 "$msm" phantom --force quiet.h5 --rows 96 --columns 80 --coils 8 --noise 0 --seed 1
expect 0 "$msm" recon --force quiet.h5 --method rss --out rss.h5
expect 0 "$msm" metrics rss.h5 quiet.h5 --reference-dataset reconstruction_rss --max-nrmse 0.0001
expect 0 "$msm" recon --force p.h5 --method rss --out rss.h5
expect 1 "$msm" metrics rss.h5 p.h5 --reference-dataset reconstruction_rss --max-nrmse 0.0001
expect 1 "$msm" metrics zero-filled.h5 p.h5 --reference-dataset reconstruction_rss --max-nrmse 0.0001
# Only the pixels of a region count: other figures than of the whole, and a region of another size is refused.
expect 0 "$msm" metrics zero-filled.h5 p.h5 --reference-dataset reconstruction_rss
cp stdout.txt whole.txt
expect 0 "$msm" mask --force roi.png --readout 96 --phase 80 --pattern box --seed 2
expect 0 "$msm" metrics zero-filled.h5 p.h5 --reference-dataset reconstruction_rss --roi roi.png
! cmp -s stdout.txt whole.txt || fail "--roi changes nothing"
expect 0 "$msm" mask --force small.png --readout 40 --phase 80 --pattern box --seed 2
expect 1 "$msm" metrics zero-filled.h5 p.h5 --reference-dataset reconstruction_rss --roi small.png
# Axes to choose from: this file has none, so only the first of each can be asked for.
expect 0 "$msm" info p.h5 --index repetition=0
expect 1 "$msm" info p.h5 --index repetition=1
expect 1 "$msm" info p.h5 --index repetition

# Held-back lines judge the run and leave its pixels alone; the worse method is told which is better.
expect 0 "$msm" recon p.h5 --mask mask.png --method l1-wavelet --held-back 0.2 --out held.h5 --json
[[ $(value held_back lines) =~ ^[1-9][0-9]*$ ]] || fail "no held-back lines: $(cat stdout.txt)"
[[ $(value held_back residual) =~ ^0\.[0-9]+$ ]] || fail "no residual of held-back lines: $(cat stdout.txt)"
expect 0 "$msm" recon p.h5 --mask mask.png --method l1-wavelet --out l1.cfl
expect 0 "$msm" recon p.h5 --mask mask.png --method l1-wavelet --held-back 0.2 --out held.cfl
cmp l1.cfl held.cfl || fail "--held-back changes the result"
grep -q 'it fits this scan' stdout.txt || fail "L1-wavelet is worse than itself"
expect 0 "$msm" recon p.h5 --mask mask.png --method zero-filled --held-back 0.2
grep -q 'L1-wavelet is the better choice' stdout.txt || fail "a misfit is not told"
expect 1 "$msm" recon p.h5 --mask mask.png --method rss --held-back 0.2
# MSM without a prior takes the one that the window begins with, says so, and the experiment has it.
expect 0 "$msm" recon p.h5 --mask mask.png --method msm --steps 1 --save-experiment chosen.ini
grep -q '^Prior: brain-128' stdout.txt || fail "the chosen prior is not named: $(cat stdout.txt)"
grep -q '^prior=.*brain-128' chosen.ini || fail "the experiment lacks the chosen prior"

# A mask file and the pattern that made it are the same mask.
expect 0 "$msm" recon --force p.h5 --mask mask.h5 --out b.cfl
expect 0 "$msm" recon --force p.h5 --pattern random --accel 2 --acs 24 --seed 1 --out a.cfl
cmp a.cfl b.cfl || fail "mask file and pattern differ"
# An acceleration without a pattern: the pattern that `msm mask` begins with.
expect 0 "$msm" recon --force p.h5 --accel 2 --acs 24 --out c.cfl --save-experiment c.ini
cmp a.cfl c.cfl || fail "--accel alone is not --pattern random"
expect 0 "$msm" recon --force --experiment c.ini --out d.cfl
cmp a.cfl d.cfl || fail "the experiment of --accel alone lost its pattern"

for out in x.h5 x.png x.cfl x.nii x.nii.gz; do
  expect 0 "$msm" recon --force p.h5 --pattern random --accel 2 --acs 24 --seed 1 --out "$out"
  mv "$out" "first-$out"
  expect 0 "$msm" recon --force p.h5 --pattern random --accel 2 --acs 24 --seed 1 --threads 1 --out "$out"
  cmp "$out" "first-$out" || fail "$out: the same command gave other bytes"
done

expect 0 "$msm" sens --force p.h5 sens.cfl
expect 0 "$msm" recon --force p.h5 --sens sens.cfl --pattern equispaced --accel 2 --acs 24 --json
[[ $(value metrics nrmse) =~ ^0\. ]] || fail "no metrics in the JSON: $(cat stdout.txt)"
[ "$(value prior)" = null ] && [ "$(value held_back)" = null ] || fail "what is not there is not null: $(cat stdout.txt)"
expect 0 "$msm" recon --force p.h5 --coils 4 --pattern random --accel 2 --acs 24
expect 0 "$msm" convert --force p.h5 p.cfl
expect 0 "$msm" convert --force x.h5 y.nii.gz
# An index that the file has no place for is refused, by every command; several are one list, and an axis comes once.
expect 1 "$msm" convert --force x.h5 z.png --index volume=1
expect 1 "$msm" render --force y.nii.gz z.png --index volume=1
expect 1 "$msm" metrics y.nii.gz y.nii.gz --reference-index volume=1
expect 0 "$msm" info p.h5 --index repetition=0 --index contrast=0
expect 1 "$msm" info p.h5 --index repetition=0 --index repetition=1
grep -q "twice" stderr.txt || fail "the second of two indices replaced the first: $(cat stderr.txt)"
# A cfl may be an image: so it is where the output can hold nothing else.
expect 0 "$msm" convert --force x.h5 x.cfl
expect 0 "$msm" convert --force x.cfl x.png
# The PNG ends at the window that pictures have, which cuts the few brightest pixels.
expect 0 "$msm" metrics x.png x.h5 --scale --max-nrmse 0.005
# fastMRI's figures of a volume beside the slices' mean; of one slice they are the same.
expect 0 "$msm" metrics p.h5 zero-filled.h5 --dataset reconstruction_rss --volume --json
[ "$(value volume psnr)" = "$(value mean_of_slices psnr)" ] || fail "one slice is not its own volume: $(cat stdout.txt)"
expect 0 "$msm" metrics zero-filled.h5 p.h5 --reference-dataset reconstruction_rss --volume
grep -q "^Mean of the slices" stdout.txt || fail "the slices' mean is missing: $(cat stdout.txt)"
expect 0 "$msm" render --force x.h5 picture.png --mode complex --dataset image
expect 0 "$msm" devices
grep -Eq "^cpu +usable +f32(, bf16)? " stdout.txt || fail "devices does not say what the cpu computes in: $(cat stdout.txt)"
grep -Eq "^ref +usable +f32, bf16 " stdout.txt || fail "devices does not say what ref computes in"
expect 0 "$msm" bench --size 32 --coils 2 --repeats 2

# Other operators than sampling: on the scan's image, and on a colour picture, whose channels all come back.
expect 0 "$msm" recon --force p.h5 --operator blur --operator-std 2 --method tv --out blur.h5 --json
[ "$(value operator)" = '"blur"' ] || fail "no operator in the JSON"
expect 1 "$msm" recon --force p.h5 --operator blur --method rss
expect 1 "$msm" recon --force p.h5 --operator blur --pattern random
expect 1 "$msm" recon --force p.h5 --operator colourise
expect 2 "$msm" recon --force p.h5 --operator magic
expect 0 "$msm" render --force x.h5 colour.png --colormap viridis --dataset image
for method in zero-filled cg-sense l1-wavelet tv; do
  expect 0 "$msm" recon --force colour.png --operator inpaint-random --method "$method" --out "c-$method.png" --json
  [[ $(value metrics psnr) =~ ^[0-9.]+$ ]] || fail "no metrics in the JSON: $(cat stdout.txt)"
done
expect 0 "$msm" info c-tv.png
grep -q '3 channels' stdout.txt || fail "the colours are lost"
# 0.22 is reached; zero-filling leaves 0.83.
expect 0 "$msm" metrics c-tv.png colour.png --max-nrmse 0.3
expect 1 "$msm" metrics c-zero-filled.png colour.png --max-nrmse 0.5
cat > net.json <<'END'
{"image_size": 16, "in_channels": 2, "out_channels": 2, "num_channels": 8, "num_res_blocks": 1,
 "channel_mult": "1,2", "attention_resolutions": "8", "num_heads": 2, "norm_groups": 4}
END
expect 0 "$msm" bench --network net.json --batch 2 --repeats 1
[ "$(grep -c "training step" stdout.txt)" = 2 ] || grep -q "^bf16 is not available: .*processor" stdout.txt ||
  fail "bench has bf16 neither measured nor refused: $(cat stdout.txt)"
expect 0 "$msm" bench --network net.json --repeats 1 --json
[ "$(value config num_channels)" = 8 ] || fail "bench --json does not say its network"
[[ $(value convolutions) =~ forward_gflops ]] || fail "bench --json has no convolutions"
expect 1 "$msm" bench --network nothing.json
