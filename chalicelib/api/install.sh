#!/bin/sh
@PROGRAM@
# Nothing runs before the whole file has arrived: everything below is a function, and the last line calls main.

main() {
    set -eu
    umask 022
    unset PYTHONPATH PYTHONHOME
    phase=idle failure='' child='' made='' kind='' fresh=no service=yes action=install
    trap cleanup EXIT
    trap 'die interrupted' INT TERM HUP
    begin "$@"
    for option in "$@"; do
        case $option in
            --no-service) service=no ;;
            --uninstall) action=uninstall ;;
            *) die "unknown option $option; use --no-service or --uninstall" ;;
        esac
    done
    where_to
    if [ $action = uninstall ]; then
        uninstall
        return
    fi
    what_to_run
    find_python
    make_folder
    build
    try_out
    switch_over
    if [ $service = yes ]; then
        start "$kind" || die "$problem"
        phase=finished
        say "$accepted; $started"
        finish
    else
        phase=finished
        finish
        say "installed; this command starts it:"
        echo "$prefix/current/run"
    fi
}

say() { echo "install.sh: $*" >&2; }

# Ends with one line that says what went wrong; `cleanup` prints it.
die() {
    failure=$*
    exit 1
}

# --- What is asked for ------------------------------------------------------------------------------------------------

where_to() {
    name_services
    if [ -n "${NEZHA_PREFIX-}" ]; then
        prefix=${NEZHA_PREFIX%/}
    elif [ "$(id -u)" = 0 ]; then
        prefix=/opt/$name
    else
        prefix=${XDG_DATA_HOME:-${HOME:-/nonexistent}/.local/share}/$name
    fi
    # It becomes part of units and scripts, where other characters would need escaping.
    case $prefix in
        *[!A-Za-z0-9._/@+-]* | *//* | */.. | */../* | '') die "NEZHA_PREFIX must be a path of letters, digits and ._/@+-" ;;
        /*) ;;
        *) die "NEZHA_PREFIX must be an absolute path" ;;
    esac
    if [ -f "$prefix/$name.kind" ]; then
        kind=$(cat "$prefix/$name.kind")
    elif [ -e "$prefix" ] && [ -n "$(ls -A "$prefix" 2>/dev/null || echo unreadable)" ] && [ $action = install ]; then
        die "$prefix exists but is not a $program; set NEZHA_PREFIX to another folder"
    fi
}

what_to_run() {
    url=${NEZHA_URL:-@URL@}
    case $url in
        *[!]A-Za-z0-9._~/:@%+[-]*) die "NEZHA_URL is not a URL" ;;
        http://?* | https://?*) ;;
        *) die "NEZHA_URL must start with https:// or http://" ;;
    esac
    ask
    before=$kind
    [ $service = yes ] || return 0
    ask_for_service
    kind=$(kind_of_service)
    # A machine can have only one service with this name.
    for file in "$unit" "$initd"; do
        if [ "$kind" != background ] && [ -f "$file" ] && ! grep -qF "$prefix/current/run" "$file"; then
            die "another $program is installed as $file; uninstall it first, or set NEZHA_PREFIX to its folder"
        fi
    done
}

find_python() {
    for command in python3 $pythons; do
        # A version manager's command may exist but not work.
        python=$("$command" -c "import sys
if sys.version_info >= (3, $least):
    import sqlite3, ssl
    print(sys.executable)" </dev/null 2>/dev/null) || continue
        [ -z "$python" ] || return 0
    done
    die "no Python 3.$least or newer with ssl and sqlite3 was found; $(advice python3) and run this again"
}

# How to get a package on this system.
advice() {
    if have apt-get; then
        echo "run: apt-get install ${2:-$1}"
    elif have apk; then
        echo "run: apk add ${3:-$1}"
    elif have dnf; then
        echo "run: dnf install $1"
    else
        echo "install $1"
    fi
}

# --- Building, beside what exists -------------------------------------------------------------------------------------

make_folder() {
    folder=$prefix
    while [ ! -e "$folder" ]; do
        made=$folder
        folder=${folder%/*}
        folder=${folder:-/}
    done
    phase=building
    mkdir -p "$prefix" 2>/dev/null || die "$prefix cannot be created; run this as root, or set NEZHA_PREFIX"
    [ -w "$prefix" ] || die "$prefix is not writable; run this as root, or set NEZHA_PREFIX"
    if [ -z "$before" ]; then
        before=none
        fresh=yes
        echo "$made" >"$prefix/$name.made"
        echo none >"$prefix/$name.kind"
    fi
    # Repairs what a run left that was killed between two renames.
    if [ ! -e "$prefix/current" ] && [ -e "$prefix/old" ]; then mv "$prefix/old" "$prefix/current"; fi
    rm -rf "$prefix/new" "$prefix/old"
    new=$prefix/new
    mkdir "$new"
}

build() {
    unpack
    install_packages
    "$python" -m compileall -q "$new/agent" </dev/null >/dev/null || die "cannot write to $prefix"
    write_settings
    start_script >"$new/run"
    uninstaller >"$new/uninstall"
    chmod 755 "$new/run" "$new/uninstall"
    systemd_unit >"$new/$name.service"
    openrc_script >"$new/$name.initd"
}

# Into a folder of its own, which neither needs a virtual environment nor touches the system's packages.
install_packages() {
    pip=$python
    if ! "$python" -m pip --version </dev/null >/dev/null 2>&1; then
        "$python" -m venv "$new/venv" </dev/null >/dev/null 2>&1 ||
            die "this Python has neither pip nor venv; $(advice python3-pip python3-venv py3-pip) and run this again"
        pip=$new/venv/bin/python
    fi
    say "installing $packages for $("$python" -V)"
    # In the background, because a shell handles no signals while it waits for a foreground program.
    "$pip" -m pip install --disable-pip-version-check --no-input --quiet --retries 1 --timeout 20 --no-deps \
        --require-hashes -r "$new/agent/$requirements" --target "$new/lib" </dev/null >"$new/pip.log" 2>&1 &
    child=$!
    wait $child || die "pip could not install $packages: $(pip_said)"
    child=''
    rm -rf "$new/venv" "$new/pip.log"
}

pip_said() {
    if grep -q 'connection broken' "$new/pip.log"; then
        # Pip's last line only says that there is no such version.
        why=$(sed -n 's/.*connection broken.*\[Errno [-0-9]*\] \([^'"'"'")]*\).*/\1/p' "$new/pip.log" | tail -n 1)
        echo "the package index cannot be reached${why:+ ($why)}; check the network, or set PIP_INDEX_URL to a mirror"
        return
    fi
    said=$(grep ERROR "$new/pip.log" | tail -n 1)
    echo "${said:-$(tail -n 1 "$new/pip.log")}"
}

switch_over() {
    trap '' INT TERM HUP
    if [ -e "$prefix/current" ]; then mv "$prefix/current" "$prefix/old"; fi
    mv "$new" "$prefix/current"
    phase=switched
    if [ $service = yes ]; then
        [ "$before" = "$kind" ] || stop "$before"
        echo "$kind" >"$prefix/$name.kind"
    fi
    trap 'die interrupted' INT TERM HUP
}

# Prints what went wrong and restores everything, if the script ends before it is finished.
cleanup() {
    status=$?
    trap - EXIT
    trap '' INT TERM HUP
    [ -z "$child" ] || kill "$child" 2>/dev/null || true
    case $phase in
        building) rm -rf "$prefix/new" ;;
        switched)
            [ $service = no ] || stop "$kind"
            rm -rf "$prefix/current"
            if [ -e "$prefix/old" ]; then
                mv "$prefix/old" "$prefix/current"
                echo "$before" >"$prefix/$name.kind"
                [ $service = no ] || start "$before" || true
                failure="$failure; the previous version was restored"
            fi
            ;;
        finished) rm -rf "$prefix/old" ;;
    esac
    if [ $phase != finished ] && [ $fresh = yes ]; then
        remove_folder
        failure="$failure; nothing was installed"
    fi
    [ $status = 0 ] || say "${failure:-failed}"
    exit $status
}

@SERVICE@

@REMOVAL@

# Writes a command that uninstalls the program even if the dashboard cannot be reached.
uninstaller() {
    cat <<END
#!/bin/sh
# Removes the $program and everything that install.sh made for it.
set -eu
name=$name program=$program prefix=$prefix removed='$removed'
END
    cat <<'END OF uninstall'
kind=$(cat "$prefix/$name.kind")

say() { echo "uninstall: $*" >&2; }

die() {
    say "$*"
    exit 1
}

@REMOVAL@

name_services
uninstall
END OF uninstall
}

# --- The @NAME@, file by file -----------------------------------------------------------------------------------------

# Writes what follows each line "==> FILE" to that file.
unpack() {
    "$python" -c 'import os, sys
for part in sys.stdin.buffer.read().split(b"\n==> ")[1:]:
    name, _, content = part.partition(b"\n")
    path = os.path.join(sys.argv[1], name.decode())
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)' "$new" 2>/dev/null <<'END OF FILES' || die "cannot write to $prefix; is the disk full?"

@FILES@
END OF FILES
}

main "$@"
