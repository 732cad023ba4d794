#!/usr/bin/env bash
# The figure table of the README: every method on every slice of fully sampled scans, at R 4 and 6.
# Usage: scripts/table.sh MSM PRIOR SCAN…        (MSM: the program; scans: fastMRI or ISMRMRD files; needs python3)
# Environment: STEPS (200), PARTIALS (2), SAMPLES (4), SLICES (all: "0 1 2"), RATES ("4 6"), LIKELIHOOD (proximal),
# METHODS (all), FLAGS (further flags of msm recon).
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,5s/^# //p' "$0"; exit 2; }
msm=$1 prior=$2
shift 2
methods=${METHODS:-zero-filled cg-sense l1-wavelet tv msm}

# member KEY…: what a JSON object on stdin holds there, one key inside the other; nothing where that is null
member ()
{
  python3 -c '
import json, sys
found = json.load(sys.stdin)
for key in sys.argv[1:]:
    found = None if found is None else found[key]
print("" if found is None else found)' "$@"
}

printf '| method | R | slices | PSNR | SSIM | NMSE | s per slice |\n|---|---|---|---|---|---|---|\n'
for rate in ${RATES:-4 6}; do
  for method in $methods; do
    flags=(--pattern random --accel "$rate" ${FLAGS:-})
    [ "$method" != msm ] || flags+=(--prior "$prior" --steps "${STEPS:-200}" --partials "${PARTIALS:-2}"
                                    --samples "${SAMPLES:-4}" --likelihood "${LIKELIHOOD:-proximal}")
    rows=""
    for scan in "$@"; do
      n=$("$msm" info "$scan" --json | member slices)
      for slice in ${SLICES:-$(seq 0 $((n - 1)))}; do
        line=$("$msm" recon "$scan" --slice "$slice" --method "$method" "${flags[@]}" --json)
        ms=$(member run_ms <<<"$line")
        rows+="mean $(member metrics psnr <<<"$line") $(member metrics ssim <<<"$line") $(member metrics nmse <<<"$line") $ms"$'\n'
        sample=$(member sample_metrics psnr <<<"$line")
        [ -z "$sample" ] ||
          rows+="one $sample $(member sample_metrics ssim <<<"$line") $(member sample_metrics nmse <<<"$line") $ms"$'\n'
      done
    done
    # The mean of the samples is the estimate; one of them alone is shown beside it.
    awk -v method="$method" -v rate="$rate" '
      NF == 5 { n[$1]++; p[$1] += $2; s[$1] += $3; e[$1] += $4; t[$1] += $5 }
      END { split ("mean one", kinds, " ")
            for (i = 1; i <= 2; i++) { k = kinds[i]
              if (n[k] > 0) printf "| %s%s | %s | %d | %.2f | %.4f | %.4f | %.1f |\n", method,
                (k == "one" ? ", one sample" : ""), rate, n[k], p[k]/n[k], s[k]/n[k], e[k]/n[k], t[k]/n[k]/1000 } }' <<<"$rows"
  done
done
