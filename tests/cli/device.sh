#!/usr/bin/env bash
# Commands on a GPU that is none: the fake module's memory cannot be touched by the host, so that whatever forgets to
# copy crashes here, and its numbers are the reference device's, so that every result must be the same to the bit.
. "$(dirname "$0")/training.sh"
. "$(dirname "$0")/support.sh"
export MSM_DEVICE_PATH=$2 MSM_FAKE_MEMORY=268435456

expect 0 "$msm" devices
grep -q '^cuda *usable *f32, tf32, bf16 *Fake GPU 0$' stdout.txt || fail "devices does not list the fake GPU"

expect 0 "$msm" phantom --force p.h5 --rows 32 --columns 32 --coils 2
for method in zero-filled rss cg-sense; do
  on_both 0 recon p.h5 --method $method --pattern random --accel 2 --espirit-calib 12
done

# The sampler's moments there.
expect 0 "$msm" selftest --device cuda --size 4 --steps 10 --samples 100

# Two steps of a training, and samples with what it has learnt.
two_steps 24
for device in ref cuda; do
  expect 0 "$msm" train --experiment tiny.ini --out $device --device $device --threads 1
  hash_of $device >$device.hash
  [ -s $device.hash ] || fail "the checkpoint has no hash"
done
cmp ref.hash cuda.hash || fail "training on the fake GPU is another one than on the reference device"
# The lines held back are held back there too.
sed 's/^split.*/split = 0/' tiny.ini >whole.ini
expect 0 "$msm" train --experiment whole.ini --out whole --device cuda --threads 1
! grep -aq "$(cat cuda.hash)" whole/checkpoint.safetensors || fail "a split changes nothing on the fake GPU"
on_both 0 recon p.h5 --method msm --prior cuda/prior.safetensors --pattern random --accel 2 --espirit-calib 12 --steps 4 \
  --partials 2 --samples 2 --threads 1

# A step is three sections, two for each of its masks and one at its end: the first time they run, the second time they
# are recorded, from then on launched. With ddim-eta the last step adds no noise, and is another one.
launches ()
{
  local want=$1
  shift
  MSM_FAKE_TRACE=trace.txt expect 0 "$msm" recon --force p.h5 --method msm --prior cuda/prior.safetensors --pattern random \
    --accel 2 --espirit-calib 12 --steps 10 --partials 3 --samples 1 --threads 1 --device cuda "$@"
  grep -qx "$want" trace.txt || fail "expected $want, found $(cat trace.txt): $*"
}
launches "3 run, 3 recorded, 64 launched, 0 out of date" --ddim-eta 0
launches "4 run, 3 recorded, 63 launched, 1 out of date" --ddim-eta 0.5
MSM_REPLAY=0 launches "0 run, 0 recorded, 0 launched, 0 out of date"
for device in ref cuda; do
  expect 0 "$msm" sample --force --prior cuda/prior.safetensors --size 16 --steps 4 --device $device --out $device.cfl
done
cmp ref.cfl cuda.cfl || fail "a sample from the fake GPU is another one than from the reference device"

# What the GPU cannot do is not asked of it unless it is named, and nothing half-written is left by a failure.
expect 0 "$msm" recon --force p.h5 --method tv --iterations 2 --pattern random --accel 2 --espirit-calib 12
expect 1 "$msm" recon --force p.h5 --method tv --device cuda --pattern random --accel 2 --out tv.h5
MSM_FAKE_FAIL=conv_forward:40 expect 1 "$msm" recon --force p.h5 --method msm --prior cuda/prior.safetensors --pattern random \
  --accel 2 --espirit-calib 12 --steps 4 --device cuda --out failed.h5
grep -q "conv_forward: the fake device has been asked to fail" stderr.txt || fail "a failing launch has other words"
MSM_FAKE_MEMORY=65536 expect 1 "$msm" recon --force p.h5 --method msm --prior cuda/prior.safetensors --pattern random \
  --accel 2 --espirit-calib 12 --steps 4 --device cuda --out failed.h5
grep -q "are free" stderr.txt || fail "too little memory does not say what is free"
nothing failed.h5 tv.h5
