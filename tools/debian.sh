#!/bin/sh
# Install Debian packages that are not there yet: `sh tools/debian.sh nginx wrk`.
# Never asks a question: where it may not install, it says what to install and fails.
set -u

missing=""
for package in "$@"; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || status=""
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "sixnines: this needs$missing (names of Debian packages), and there is no apt-get here to install them with." >&2
    exit 1
fi

if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    echo "sixnines: this needs$missing, and installing is not permitted here. Run:" >&2
    echo "  sudo apt-get install$missing" >&2
    exit 1
fi

echo "sixnines: installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list of words on purpose
$as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends $missing >&2 || {
    echo "sixnines: apt-get could not install$missing; its message is above." >&2
    exit 1
}
