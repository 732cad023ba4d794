# Sourced before support.sh: trainings so small that a test has time for them.

# discs N SIDE: pictures data/1.nii … data/N.nii
discs ()
{
  local i
  mkdir data
  for ((i = 1; i <= $1; i++)); do
    expect 0 "$msm" phantom --force t.h5 --object discs --rows "$2" --columns "$2" --coils 2 --seed "$i" \
      --image-out "data/$i.nii"
  done
}

# tiny VALIDATION [LINE]…: the sections [prior], which the lines join, and [data], to which more may be written
tiny ()
{
  local validation=$1
  shift
  cat <<END
[prior]
num_channels = 8
channel_mult = 1,2
attention_resolutions = 8
num_head_channels = -1
norm_groups = 4
licence = CC0
$(printf '%s\n' "$@")
[data]
kind = volumes
paths = data
validation = $validation
size = 16
coils = 2
acs = 4
END
}

# two_steps SIDE: a training of two pictures of that side, with a line held back now and then
two_steps ()
{
  discs 2 "$1"
  {
    tiny 2.nii "input = wiener"
    cat <<'END'
split = 0.5
[train]
steps = 2
batch = 2
decay = constant
validation_items = 1
save_minutes = 0
END
  } >tiny.ini
}

# on_both LIMIT FLAGS…: a reconstruction or samples on the reference device and the GPU, ref.h5 and cuda.h5, that differ
# by no more
on_both ()
{
  local limit=$1
  shift
  expect 0 "$msm" "$@" --force --device ref --out ref.h5
  expect 0 "$msm" "$@" --force --device cuda --out cuda.h5
  expect 0 "$msm" metrics ref.h5 cuda.h5 --max-nrmse "$limit"
}

# hash_of FOLDER: of the checkpoint's weights
hash_of ()
{
  grep -ao '"msm.hash":"[0-9a-f]*"' "$1/checkpoint.safetensors"
}
