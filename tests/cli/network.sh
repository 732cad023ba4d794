#!/usr/bin/env bash
# The reference's numbers through `msm unet` and `msm loss`, what they write, and files that they refuse.
fixtures=$(cd "$(dirname "$0")/../gradient/fixtures" && pwd)
. "$(dirname "$0")/support.sh"
weights=$fixtures/unet_a.safetensors

# Within the tolerance of float32; a bound below it fails, and says by how much.
expect 0 "$msm" unet --prior "$weights" --input "$fixtures/unet_a.h5" --grad --out y.h5 --max-error 1e-5
grep -q 'grad_norms .* 144 parameters' stdout.txt || fail "no gradient norms: $(cat stdout.txt)"
expect 0 "$msm" loss --prior "$weights" --input "$fixtures/loss_noiseless.h5" --grad --out l.h5 --max-error 1e-5 --json
[[ $(value loss) == 0.17667* ]] || fail "no loss: $(cat stdout.txt)"
[[ $(value relative_error) =~ \"net_in\".*\"x0\".*\"grad_norms\" ]] || fail "not all compared: $(cat stdout.txt)"
expect 0 "$msm" unet --prior "$weights" --input "$fixtures/unet_a.h5" --json
[[ $(value x) =~ ^\" ]] && [[ $(value worst) =~ e-0 ]] || fail "no JSON of a network: $(cat stdout.txt)"
expect 1 "$msm" unet --prior "$weights" --input "$fixtures/unet_a.h5" --max-error 1e-12
grep -q 'relative error .*, at most 1e-12 allowed' stderr.txt || fail "unexpected: $(cat stderr.txt)"
[ -s y.h5 ] && [ -s l.h5 ] || fail "nothing written"

# A device says why it does not compute in another precision.
expect 1 "$msm" unet --prior "$weights" --input "$fixtures/unet_a.h5" --device cpu --precision tf32
grep -q 'cpu .* does not compute networks in tf32: ' stderr.txt || fail "unexpected: $(cat stderr.txt)"

# Files of another layout, wrong ones, missing ones; nothing is left.
expect 1 "$msm" unet --prior "$weights" --input "$fixtures/loss_noiseless.h5" --out n.h5
expect 1 "$msm" loss --prior "$weights" --input "$fixtures/unet_a.h5" --out n.h5
expect 1 "$msm" loss --prior "$weights" --input y.h5 --out n.h5
expect 1 "$msm" unet --prior "$fixtures/unet_a.h5" --input "$fixtures/unet_a.h5" --out n.h5
expect 1 "$msm" unet --prior "$weights" --input "$weights" --out n.h5
expect 1 "$msm" unet --prior missing.safetensors --input "$fixtures/unet_a.h5" --out n.h5
expect 1 "$msm" loss --prior "$weights" --input missing.h5 --out n.h5
expect 1 "$msm" unet --prior "$weights" --input "$fixtures/unet_a.h5" --device no-such-device
nothing n.h5
expect 1 "$msm" unet --prior "$weights" --input "$fixtures/unet_a.h5" --out no-such-folder/y.h5
expect 2 "$msm" unet --input "$fixtures/unet_a.h5"
expect 2 "$msm" loss --prior "$weights"
expect 2 "$msm" unet "$weights"
