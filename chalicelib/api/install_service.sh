# --- The service ------------------------------------------------------------------------------------------------------

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

# Sets `started` to how it runs, or `problem` to the reason why it does not.
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
            problem="the user $name cannot be created"
            make_user || return 1
            for path in "$prefix/spool" "$prefix/log"; do [ ! -e "$path" ] || chown -hR $name "$path"; done
            cp "$prefix/current/$name.initd" "$initd"
            chmod 755 "$initd"
            rc-update -q add $name default && rc-service -q $name restart || true
            started="the service $name goes on reporting, and its log is $prefix/log"
            stays_up openrc_is_up || {
                problem="the service $name does not stay up: $(tail -n 1 "$prefix/log" 2>/dev/null)"
                return 1
            }
            ;;
        background)
            stop background
            # Goes on when the terminal is closed. Not with nohup, which small systems lack.
            (trap '' HUP && exec "$prefix/current/run" </dev/null >"$prefix/log" 2>&1) &
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

# Creates a user for the service. Under systemd, DynamicUser does this.
make_user() {
    ! grep -q "^$name:" /etc/passwd 2>/dev/null || return 0
    : >"$prefix/$name.user"
    {
        if have useradd; then
            useradd --system --user-group --no-create-home --home-dir / --shell /sbin/nologin $name
        else
            addgroup -S $name && adduser -S -D -H -h / -s /sbin/nologin -G $name $name
        fi
    } </dev/null >/dev/null 2>&1
}

# OpenRC reports a service as started even while supervise-daemon waits to restart a crashed program.
openrc_is_up() {
    rc-service -q $name status || return 1
    [ ! -r "/run/openrc/options/$name/child_pid" ] || is_ours "$(cat "/run/openrc/options/$name/child_pid")"
}

stays_up() {
    for _ in 1 2 3; do
        sleep 1
        "$@" >/dev/null 2>&1 || return 1
    done
}

# `systemd_own` prints the lines that only this program needs; `pause` is the number of seconds before a restart.
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

# `openrc_own` prints commands that root runs before the start.
openrc_script() {
    cat <<END
#!/sbin/openrc-run
description="Nezha $program"
supervisor=supervise-daemon
command=$prefix/current/run
command_user=$name:$name
output_log=$prefix/log
error_log=$prefix/log
respawn_delay=$pause
respawn_max=0
retry=TERM/15/KILL/5

depend() {
    need net
    after firewall
}

start_pre() {
    checkpath -d -m 0700 -o $name:$name $prefix/spool
    checkpath -f -m 0640 -o $name:$name $prefix/log
$(openrc_own)
}
END
}

# Grants a capability if this OpenRC can: some builds know the option, but would not start the service with it.
openrc_capability() {
    cat <<END
    if supervise-daemon "\$RC_SVCNAME" --capabilities ^$1 >/dev/null 2>&1; then
        capabilities=^$1
    fi
END
}
