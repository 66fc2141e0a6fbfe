# --- Running it -------------------------------------------------------------------------------------------------------

kind_of_service() {
    if [ "$(id -u)" != 0 ]; then
        echo background
    elif [ -d /run/systemd/system ] && have systemctl; then
        echo systemd
    elif [ -e /run/openrc/softlevel ] && have rc-service; then
        echo openrc
    else
        echo background
    fi
}

# Sets `started` to where it runs, or `problem` to why it does not.
start() {
    case $1 in
        systemd)
            cp "$prefix/current/$name.service" "$unit"
            systemctl daemon-reload
            systemctl enable --quiet $name.service && systemctl restart $name.service || true
            started="$name.service goes on reporting, and its log is: journalctl -u $name"
            problem="$name.service does not stay up; see: journalctl -u $name"
            stays_up systemctl is-active --quiet $name.service
            ;;
        openrc)
            cp "$prefix/current/$name.initd" "$initd"
            chmod 755 "$initd"
            rc-update -q add $name default && rc-service -q $name restart || true
            started="the service $name goes on reporting, and its log is $prefix/log"
            problem="the service $name does not stay up; see $prefix/log"
            stays_up rc-service -q $name status
            ;;
        background)
            stop background
            nohup "$prefix/current/run" </dev/null >"$prefix/log" 2>&1 &
            echo $! >"$prefix/pid"
            started="process $! goes on reporting until the machine restarts; $prefix/current/run starts it again"
            problem="the $program does not stay up: "
            stays_up is_ours "$(cat "$prefix/pid")" || {
                problem=$problem$(tail -n 1 "$prefix/log")
                return 1
            }
            ;;
    esac
}

stays_up() {
    for _ in 1 2 3; do
        sleep 1
        "$@" >/dev/null 2>&1 || return 1
    done
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
            ;;
        background)
            [ -f "$prefix/pid" ] || return 0
            pid=$(cat "$prefix/pid")
            if is_ours "$pid"; then kill "$pid" 2>/dev/null || true; fi
            for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
                is_ours "$pid" || break
                sleep 1
            done
            rm -f "$prefix/pid"
            ;;
    esac
}

# `systemd_own` are the lines of a program's own; `pause` is for how long it is away before it is started again.
systemd_unit() {
    cat <<END
[Unit]
Description=Nezha $program
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=$prefix/current/run
Restart=always
RestartSec=$pause
DynamicUser=yes
StateDirectory=$name
StateDirectoryMode=0700
$(systemd_own)
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
UMask=0077

[Install]
WantedBy=multi-user.target
END
}

openrc_script() {
    cat <<END
#!/sbin/openrc-run
description="Nezha $program"
supervisor=supervise-daemon
command=$prefix/current/run
output_log=$prefix/log
error_log=$prefix/log
respawn_delay=$pause
respawn_max=0

depend() {
    need net
    after firewall
}
END
}

# Whether a process is ours: another one may have its number by now.
is_ours() {
    if [ -d /proc/self ]; then
        tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null | grep -q -e "agent.$program" -e "$prefix/current/run"
    else
        ps -p "$1" -o args= 2>/dev/null | grep -q -e "agent.$program" -e "$prefix/current/run"
    fi
}

uninstall() {
    if [ -z "$kind" ]; then
        say "there is no $program in $prefix, so nothing was removed"
        return
    fi
    [ -w "$prefix" ] || die "$prefix cannot be written to; run this as root"
    made=$prefix
    stop "$kind"
    if [ "$kind" = systemd ]; then rm -rf "/var/lib/private/$name" "/var/lib/$name"; fi
    remove_folder
    say "removed$removed"
}

# What is ours in the folder, and the folders from there up to `made`.
remove_folder() {
    if cd "$prefix"; then
        rm -rf new old current spool log pid $name.kind
        cd /
    fi
    folder=$prefix
    while [ -n "$made" ]; do
        rmdir "$folder" 2>/dev/null || return 0
        [ "$folder" != "$made" ] || return 0
        folder=${folder%/*}
    done
}
