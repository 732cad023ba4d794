# What the window's command line cannot do ends with a sentence and status 2, before there is a window.
set -euo pipefail
studio=$(realpath "$1")
unset DISPLAY WAYLAND_DISPLAY

# refuse WORDS ARGUMENT…
refuse ()
{
  local words=$1 status=0 said
  shift
  said=$("$studio" "$@" 2>&1 >/dev/null) || status=$?
  [ "$status" -eq 2 ] || { echo "status $status: $* ($said)" >&2; exit 1; }
  case $said in
    *"$words"*) ;;
    *) echo "expected “$words”: $* ($said)" >&2; exit 1 ;;
  esac
}

refuse "no such action" --screenshot x.png --action "win.nonsense"
refuse "takes a value" --measure-frames 1 --action "win.layout"
refuse "--action is of" --action "win.layout(1)"
refuse "--run is of" --run
refuse "WIDTHxHEIGHT" --size 1440
refuse "WIDTHxHEIGHT" --size 1440x900x --screenshot x.png
[ ! -e x.png ]
