#!/usr/bin/env bash
# The layer table of docs/architecture.md, checked against every #include of our own sources.
# Usage: check-layers.sh SOURCE_ROOT
set -euo pipefail
cd "$1"
bad=0

complain ()
{
  echo "$1" >&2
  bad=1
}

# includes FOLDER: "file:line:#include …" of all its C, C++ and CUDA sources
includes ()
{
  grep -rnE '^[[:space:]]*#[[:space:]]*include' --include='*.c' --include='*.h' --include='*.cpp' \
    --include='*.inc' --include='*.cu' --include='*.cuh' "$1" 2>/dev/null || true
}

# forbid FOLDER PATTERN WHY [ALLOWED_FILE_PATTERN]
forbid ()
{
  local hits
  hits=$(includes "$1" | grep -E "$2" | grep -vE "${4:-^$}" || true)
  [ -z "$hits" ] || complain "$3:
$hits"
}

toolkit='[<"](gtk|gdk|gsk|cairo|pango|adwaita)'
forbid core "$toolkit" 'core/ must not see the toolkit'
forbid core '[<"](gio/|glib-object|gobject/)' 'core/ uses neither GIO nor GObject'
forbid core '"(app|ui|cuda)/' 'core/ includes only core/'
forbid core '<(cuda|cudnn|cufft|cublas)' 'CUDA headers belong to cuda/'
forbid app "$toolkit" 'app/ must not see the toolkit'
forbid app '"(ui|cuda)/' 'app/ includes app/, figure/ and core/ only'
# The one room for drawing without a widget: Cairo and Pango, under whatever surface, and little of core/.
forbid figure '[<"](gtk|gdk|gsk|adwaita|gio/|glib-object|gobject/)' 'figure/ draws without the toolkit'
forbid figure '"(app|ui|cuda)/' 'figure/ includes figure/ and core/ only'
forbid figure '"core/' 'figure/ includes from core/ only base, device/device.h, io (writers), metric, render and tensors' \
  '"core/(base/|device/device\.h|io/(atomic-file|geometry|image-write)\.h|metric/metric\.h|render/|tensor/)'
forbid core '"figure/' 'core/ includes only core/'
forbid cuda '"figure/' 'cuda/ includes device-ops.h, shape.h and kernels only'
forbid ui '"cuda/' 'ui/ does not know the devices'
# ui/ sees little of core/. The widgets' own drawing of masks and frames is all it may need.
forbid ui '"core/' 'ui/ includes from core/ only base, mask, render, metric.h, run/frame.h and tensors' \
  '"core/(base/|mask/|render/|metric/metric\.h|run/frame\.h|tensor/)'
forbid cuda '"(app|ui)/' 'cuda/ includes device-ops.h, shape.h and kernels only'
forbid cuda '"core/' 'cuda/ includes device-ops.h, shape.h and kernels only' \
  '"core/(device/(device|neural)-ops\.h|device/shape\.h|kernels/[a-z0-9-]+\.(inc|h))"'
# The order inside core/ and app/: a folder includes itself and those before it, never one behind it.
order=(core/base core/kernels core/device core/tensor core/solve core/mask core/linop core/metric core/render
       core/io/reader core/io/hdf5 core/io/dicom core/io core/film core/phantom core/calib core/problem core/comm core/nn
       core/diffusion core/dataset core/sampler core/baseline core/method core/train core/run app/setup app/figure
       app/session app/commands)
later=''
for ((i = ${#order[@]} - 1; i >= 0; i--)); do
  if [ -n "$later" ]; then
    hits=$(grep -nE "^[[:space:]]*#[[:space:]]*include \"($later)/[^/\"]+\"" "${order[i]}"/*.[ch] "${order[i]}"/*.inc \
             "${order[i]}"/*.cpp \
             2>/dev/null || true)
    [ -z "$hits" ] || complain "${order[i]} stands before what it includes (the order in check-layers.sh):
$hits"
  fi
  later="${order[i]}${later:+|$later}"
done
while IFS= read -r folder; do
  [[ " ${order[*]} " == *" $folder "* ]] || complain "$folder has no place in the order of check-layers.sh"
done < <(find core app -mindepth 1 -name '*.c' -printf '%h\n' | sort -u)
# The parts of a session do not know the session that joins them.
forbid app '"app/session/session(-private)?\.h' 'the session is for ui/; its parts do not include it' \
  'app/session/session[a-z-]*\.[ch]:'
# Arithmetic above the tensors goes by core/tensor/vector.h and tensor-math.h, not by the devices' tables.
hits=$(grep -rnE --include='*.[ch]' -e '->vector->|MsmVectorOps' core app figure ui | grep -vE '^core/(device|tensor)/' || true)
[ -z "$hits" ] || complain "the devices' vector tables are for core/device and core/tensor alone:
$hits"
# One includer per troublesome library.
forbid core 'dnnl\.h' 'oneDNN changes its interface: cpu-neural*.c alone includes it' '/cpu-neural[a-z0-9-]*\.[ch]:'
# DCMTK is C++: what uses it is few files, behind plain C.
forbid core '[<"]dcmtk/' 'DCMTK is for core/io/dicom/dcmtk-*.cpp, which others see as C' '^core/io/dicom/dcmtk-[a-z-]+\.cpp:'
foreign=$(find core app ui -name '*.cpp' | grep -vE '^core/io/dicom/dcmtk-[a-z-]+\.cpp$' || true)
[ -z "$foreign" ] || complain "C++ is for DCMTK alone (core/io/dicom/dcmtk-*.cpp):
$foreign"
# Reading goes through msm-reader; the writer of simulated scans only writes, under the lock of io-hdf5-write.c.
forbid core '<hdf5\.h' 'HDF5 is for io-hdf5*.c: nobody else includes hdf5.h' \
  '(/io-hdf5[a-z-]*\.[ch]|core/phantom/simulate-write\.c):'
forbid app '[<"](hdf5|fftw3|dnnl|png)\.h' 'app/ reads and computes through core/'

# Our own headers are named from the root, so that a breach is visible.
relative=$(for folder in core figure app ui cuda; do includes "$folder"; done |
           grep -E '"[^"/]+"' | grep -vE '"config\.h"|"[a-z0-9-]+(-data)?\.inc"|"[a-z0-9-]+\.cuh"' || true)
[ -z "$relative" ] || complain "includes are written from the root (\"core/x/y.h\"):
$relative"

# config.h comes first in every source.
while IFS= read -r file; do
  first=$(grep -m1 -E '^[[:space:]]*#[[:space:]]*include' "$file" || true)
  [ -z "$first" ] || [ "$first" = '#include "config.h"' ] || complain "$file: config.h is not the first include"
done < <(find core figure app ui -name '*.c' -o -name '*.cpp')

# Nothing ends the program from below.
exits=$(grep -rnE '(^|[^a-zA-Z0-9_>.])(exit|abort|g_error) \(' --include='*.c' --include='*.cpp' core figure app 2>/dev/null |
        grep -vE ':[[:space:]]*(\*|/\*)' || true)
[ -z "$exits" ] || complain "core/, figure/ and app/ report errors, they do not end the program:
$exits"

exit "$bad"
