#!/usr/bin/env bash
# Training end to end on phantoms: files, resume, signals, a full disk, wrong experiments.
experiments=$(realpath "$(dirname "$0")/../../data/experiments")
. "$(dirname "$0")/training.sh"
. "$(dirname "$0")/support.sh"

discs 3 48
{
  tiny 3.nii
  cat <<'END'
[train]
steps = 4
batch = 2
decay = constant
validation_items = 2
save_minutes = 0
log_every = 1
END
} >tiny.ini

# A network this small is done before a second thread has woken up.
train=("$msm" train --threads 1)

expect 0 "${train[@]}" --experiment tiny.ini --out whole
for file in prior.safetensors checkpoint.safetensors log.csv experiment.ini strip-0000004.png; do
  [ -s "whole/$file" ] || fail "no $file"
done
[ "$(wc -l <whole/log.csv)" -eq 5 ] || fail "log.csv has not a row for each step"
grep -aq '"msm.licence":"CC0"' whole/prior.safetensors || fail "the prior does not say its licence"
! grep -aq "$folder" whole/prior.safetensors || fail "the prior names folders of this machine"

expect 0 "$msm" info whole/prior.safetensors
grep -q "^licence: CC0" stdout.txt || fail "msm info does not say the licence"
expect 0 "$msm" info whole/prior.safetensors whole/checkpoint.safetensors --json
python3 -c 'import json; [json.loads(line) for line in open("stdout.txt")]' 2>/dev/null ||
  fail "msm info --json of weights is no JSON"

# The loss of noisy measurements without any noise is refused, not taken for the clean one.
expect 1 "${train[@]}" --experiment tiny.ini --set train.loss=msm-noisy --out noiseless
grep -q "noise_std 0" stderr.txt || fail "msm-noisy without noise: $(cat stderr.txt)"
expect 0 "${train[@]}" --experiment tiny.ini --set train.loss=msm-noisy --set data.noise_std=0.1 --set train.steps=1 --out noisy

# The paper's experiments have no keys that are unknown: what is missing is their data.
for what in mri pictures; do
  expect 1 "${train[@]}" --experiment "$experiments/paper-train-$what.ini" --out paper
  grep -q "no such\|not be opened\|nothing there\|No such" stderr.txt || fail "paper-train-$what.ini: $(cat stderr.txt)"
done

# Two steps and two more are four, bit for bit; the folder's own experiment is enough to go on.
expect 0 "${train[@]}" --experiment tiny.ini --set train.steps=2 --out halves
expect 0 "${train[@]}" --resume --set train.steps=4 --out halves
[ "$(hash_of halves)" = "$(hash_of whole)" ] || fail "a resumed training is another one"
expect 0 "${train[@]}" --resume --out halves
expect 0 "${train[@]}" --experiment tiny.ini --init whole/prior.safetensors --set=train.steps=1 --out again

# Both signals save, say so, and end with 0.
for signal in INT TERM; do
  "${train[@]}" --experiment tiny.ini --set train.steps=1000000 --out stopped-$signal >stopped.txt 2>&1 &
  for _ in $(seq 300); do
    [ "$(cat stopped-$signal/log.csv 2>/dev/null | wc -l)" -ge 3 ] && break
    sleep 0.1
  done
  kill -$signal $!
  wait $! || fail "$signal: status $?"
  grep -q "^Stopped after" stopped.txt || fail "$signal: no sentence ($(cat stopped.txt))"
  [ -s stopped-$signal/checkpoint.safetensors ] || fail "$signal: nothing was saved"
done

# A folder takes one training at a time, and says whose; a killed one leaves it free.
"${train[@]}" --experiment tiny.ini --set train.steps=1000000 --set train.save_every=2 --out taken >taken.txt 2>&1 &
holder=$!
for _ in $(seq 300); do
  [ -s taken/checkpoint.safetensors ] && break
  sleep 0.1
done
expect 1 "${train[@]}" --resume --out taken
grep -q "taken: .*process $holder on .*since" stderr.txt || fail "no holder's name: $(cat stderr.txt)"
kill -KILL $holder
wait $holder 2>/dev/null || true
expect 0 "${train[@]}" --resume --set train.steps=1 --out taken
[ ! -e taken/.lock ] || fail "the lock's file is left"

# A file may not grow past 40 KB: the training goes on, says it loudly, and the status is that of a failure.
status=0
(trap '' XFSZ; ulimit -f 40
 "${train[@]}" --experiment tiny.ini --set train.save_every=2 --out full >full.txt 2>full-errors.txt) || status=$?
[ "$status" -eq 1 ] || fail "full disk: status $status"
[ "$(grep -c 'NOT SAVED' full-errors.txt)" -eq 2 ] || fail "full disk: $(cat full-errors.txt)"
[ "$(wc -l <full/log.csv)" -eq 5 ] || fail "full disk: the training did not go on"
nothing full/checkpoint.safetensors full/prior.safetensors

expect 2 "${train[@]}"
expect 1 "${train[@]}" --experiment no-such-file.ini
expect 1 "${train[@]}" --experiment tiny.ini --set train.stepz=4 --out x
grep -q "‘steps’" stderr.txt || fail "the nearest key is not named"
expect 1 "${train[@]}" --experiment tiny.ini --set traim.steps=4 --out x
grep -q "\[train\]" stderr.txt || fail "the nearest section is not named"
expect 1 "${train[@]}" --experiment tiny.ini --set prior.norm_groups=3 --out x
expect 1 "${train[@]}" --experiment tiny.ini --set data.validation=4.nii --out x
expect 1 "${train[@]}" --experiment tiny.ini --resume --out nothing-there
expect 1 "${train[@]}" --experiment tiny.ini --resume --set prior.num_channels=16 --out whole
expect 1 "${train[@]}" --experiment tiny.ini --out whole # which is another training's
expect 1 "${train[@]}" --experiment tiny.ini --init t.h5 --out x
