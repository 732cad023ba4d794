#!/usr/bin/env bash
# The figure table of the README: every method on every slice of fully sampled scans, at R 4 and 6.
# Usage: scripts/table.sh MSM PRIOR SCAN…        (MSM: the program; scans: fastMRI or ISMRMRD files)
# Environment: STEPS (200), PARTIALS (2), SAMPLES (4), SLICES (all: "0 1 2"), RATES ("4 6"), LIKELIHOOD (proximal),
# METHODS (all), FLAGS (further flags of msm recon).
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,5s/^# //p' "$0"; exit 2; }
msm=$1 prior=$2
shift 2
methods=${METHODS:-zero-filled cg-sense l1-wavelet tv msm}

# figure KEY OBJECT: a number of one line of JSON, inside the object when it is named
figure ()
{
  sed -nE "s/.*\"$2\": \{[^}]*\"$1\": ([-0-9.e+]+).*/\1/p"
}

printf '| method | R | slices | PSNR | SSIM | NMSE | s per slice |\n|---|---|---|---|---|---|---|\n'
for rate in ${RATES:-4 6}; do
  for method in $methods; do
    flags=(--pattern random --accel "$rate" ${FLAGS:-})
    [ "$method" != msm ] || flags+=(--prior "$prior" --steps "${STEPS:-200}" --partials "${PARTIALS:-2}"
                                    --samples "${SAMPLES:-4}" --likelihood "${LIKELIHOOD:-proximal}")
    rows=""
    for scan in "$@"; do
      n=$("$msm" info "$scan" --json | sed -nE 's/.*"slices" : ([0-9]+).*/\1/p' | head -1)
      for slice in ${SLICES:-$(seq 0 $((n - 1)))}; do
        line=$("$msm" recon "$scan" --slice "$slice" --method "$method" "${flags[@]}" --json)
        ms=$(sed -nE 's/.*"run_ms": ([0-9.]+).*/\1/p' <<<"$line")
        rows+="mean $(figure psnr metrics <<<"$line") $(figure ssim metrics <<<"$line") $(figure nmse metrics <<<"$line") $ms"$'\n'
        sample=$(figure psnr sample_metrics <<<"$line")
        [ -z "$sample" ] ||
          rows+="one $sample $(figure ssim sample_metrics <<<"$line") $(figure nmse sample_metrics <<<"$line") $ms"$'\n'
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
