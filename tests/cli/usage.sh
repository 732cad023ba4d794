#!/usr/bin/env bash
# Help everywhere; wrong usage is status 2 and one line.
. "$(dirname "$0")/support.sh"

expect 0 "$msm" --help
expect 0 "$msm" --version
expect 0 "$msm" help
for command in info recon mask sens phantom metrics convert render devices bench unet loss train \
  import-checkpoint sample selftest; do
  expect 0 "$msm" "$command" --help
  grep -q "^Usage: msm $command" stdout.txt || fail "$command --help has no usage"
  expect 0 "$msm" help "$command"
  expect 2 "$msm" "$command" --no-such-flag
done
for method in zero-filled rss cg-sense l1-wavelet tv msm oracle; do
  expect 0 "$msm" recon --method "$method" --help
done
for pattern in random equispaced variable-density poisson radial box pixels full; do
  expect 0 "$msm" recon --pattern "$pattern" --help
done
# Waiting threads sleep soon unless the user says otherwise: libgomp tells what it took.
env -u OMP_WAIT_POLICY OMP_DISPLAY_ENV=verbose "$msm" --version >/dev/null 2>stderr.txt
grep -q "GOMP_SPINCOUNT = '3000'" stderr.txt || fail "threads spin: $(cat stderr.txt)"
env -u OMP_WAIT_POLICY GOMP_SPINCOUNT=77 OMP_DISPLAY_ENV=verbose "$msm" --version >/dev/null 2>stderr.txt
! grep "GOMP_SPINCOUNT = " stderr.txt | grep -v "= '77'" || fail "the user's choice is lost"
expect 2 "$msm" no-such-command
expect 2 "$msm" recon
expect 2 "$msm" recon a.h5 b.h5
expect 2 "$msm" recon a.h5 --method no-such-method
expect 2 "$msm" recon a.h5 --pattern no-such-pattern
expect 2 "$msm" recon a.h5 --slice
expect 2 "$msm" recon a.h5 --slice three
expect 2 "$msm" recon a.h5 --iterations -5
expect 2 "$msm" recon a.h5 --mask m.png --pattern random
# A flag of a table that is not chosen: who has it is said.
expect 2 "$msm" recon a.h5 --slope 3
grep -q "unknown flag --slope: --pattern poisson has it" stderr.txt || fail "$(cat stderr.txt)"
expect 2 "$msm" recon a.h5 --levels 3
grep -q "unknown flag --levels: --method l1-wavelet has it" stderr.txt || fail "$(cat stderr.txt)"
# Any flag that takes a value says so where none follows: also those that only a choice brings, as --accel does itself.
for flag in accel acs iterations prior operator-hidden slice method pattern operator experiment espirit-kernel; do
  expect 2 "$msm" recon a.h5 --$flag
  grep -q -- "--$flag needs a value" stderr.txt || fail "$flag: $(cat stderr.txt)"
done
expect 2 "$msm" recon a.h5 --mask m.png --accel 4
grep -q "unknown flag --accel: --pattern random, " stderr.txt || fail "$(cat stderr.txt)"
expect 2 "$msm" mask a.png --slope 3
grep -q "unknown flag --slope: --pattern poisson has it" stderr.txt || fail "$(cat stderr.txt)"
expect 2 "$msm" mask
[ "$("$msm" 2>/dev/null; echo $?)" = 2 ] || fail "no command is not status 2"
