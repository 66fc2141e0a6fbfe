# --- Uninstalling -----------------------------------------------------------------------------------------------------

name_services() {
    unit=/etc/systemd/system/$name.service
    initd=/etc/init.d/$name
}

stop() {
    case $1 in
        systemd)
            systemctl disable --quiet --now $name.service >/dev/null 2>&1 || true
            rm -f "$unit"
            systemctl daemon-reload || true
            ;;
        openrc)
            rc-service -q $name stop >/dev/null 2>&1 || true
            rc-update -q del $name default >/dev/null 2>&1 || true
            rm -f "$initd"
            rm -rf "/run/$name"
            remove_user
            ;;
        background)
            [ -f "$prefix/pid" ] || return 0
            pid=$(cat "$prefix/pid")
            if is_ours "$pid" && kill "$pid" 2>/dev/null; then
                # It ends within 10 seconds unless it hangs. No other process can use the spool until then.
                ends "$pid" 12 || { kill -KILL "$pid" 2>/dev/null && ends "$pid" 3; } || true
            fi
            rm -f "$prefix/pid"
            ;;
    esac
}

# Removes the user of an OpenRC service, if this script created it.
remove_user() {
    [ -e "$prefix/$name.user" ] || return 0
    { if have userdel; then userdel $name; else deluser $name; fi; } </dev/null >/dev/null 2>&1 || true
    if grep -q "^$name:" /etc/group 2>/dev/null; then
        { if have groupdel; then groupdel $name; else delgroup $name; fi; } </dev/null >/dev/null 2>&1 || true
    fi
    rm -f "$prefix/$name.user"
}

have() { command -v "$1" >/dev/null 2>&1; }

# Whether a process is ours: its ID may have been reused.
is_ours() {
    {
        if [ -d /proc/self ]; then
            tr '\0' ' ' <"/proc/$1/cmdline"
        else
            ps -p "$1" -o args=
        fi
    } 2>/dev/null | grep -q -e "agent.$program" -e "$prefix/current/run"
}

# Whether a process still runs. Its command line does not tell: an ending process loses it before it releases its files,
# such as the spool. If its parent does not wait for it, it stays as a zombie.
is_running() {
    if [ -d /proc/self ]; then
        ! grep -q '^State:[[:space:]]*[ZX]' "/proc/$1/status" && [ -d "/proc/$1" ]
    else
        kill -0 "$1"
    fi
} 2>/dev/null

# Whether a process ends within so many seconds.
ends() {
    for _ in $(seq "$2"); do
        is_running "$1" || return 0
        sleep 1
    done
    ! is_running "$1"
}

uninstall() {
    if [ -z "$kind" ]; then
        say "no $program found in $prefix; nothing was removed"
        return
    fi
    [ -w "$prefix" ] || die "$prefix is not writable; run this as root"
    made=$prefix
    if [ -f "$prefix/$name.made" ]; then made=$(cat "$prefix/$name.made"); fi
    stop "$kind"
    if [ "$kind" = systemd ]; then rm -rf "/var/lib/private/$name" "/var/lib/$name"; fi
    remove_folder
    say "removed$removed"
}

# Removes our files from the folder, and the empty folders from there up to `made`.
remove_folder() {
    if cd "$prefix"; then
        rm -rf new old current spool log pid $name.kind $name.user $name.made
        cd /
    fi
    folder=$prefix
    while [ -n "$made" ]; do
        rmdir "$folder" 2>/dev/null || return 0
        [ "$folder" != "$made" ] || return 0
        folder=${folder%/*}
    done
}
