# Connects this machine to the Nezha dashboard at @URL@
#
#   curl -fsSL @URL@/install.sh | sudo NEZHA_SECRET=... sh
#   curl -fsSL @URL@/install.sh | sudo sh -s -- --uninstall
#
# It installs the reporter, a Python program whose sources are at the end of this file, with psutil and icmplib from
# PyPI, and starts it as a service. Running it again upgrades the reporter; the secret is kept.
#
#   NEZHA_SECRET   the secret of this server, which the dashboard shows when you add it
#   NEZHA_PREFIX   the folder; /opt/nezha-reporter, or ~/.local/share/nezha-reporter for other users than root
#   NEZHA_URL      the dashboard, if machines reach it by another address than this file was loaded from
#   --no-service   installs and starts nothing; the last line is the command that starts it
#   --uninstall    removes everything that this script made; so does the command current/uninstall in the folder
#
# With NEZHA_RELAY=1 it installs a relay for v0 agents instead; @URL@/install-relay.sh has its settings.

name=nezha-reporter program=reporter requirements=requirements.txt packages='psutil and icmplib'
pause=30 least=9 pythons='python3.14 python3.13 python3.12 python3.11 python3.10 python3.9'
accepted="the dashboard accepted this machine's first report"
removed='; delete the server on the dashboard, too, if the machine is gone'

# Continues with the relay's script if NEZHA_RELAY is set. Uninstalling a relay does not need that script.
begin() {
    [ -n "${NEZHA_RELAY-}" ] || return 0
    case " $* " in
        *' --uninstall '*)
            name=nezha-relay program=relay removed=''
            return
            ;;
    esac
    other=$(mktemp) || die "cannot create a temporary file"
    { curl -fsSL "${NEZHA_URL:-@URL@}/install-relay.sh" || wget -qO- "${NEZHA_URL:-@URL@}/install-relay.sh"; } \
        >"$other" 2>/dev/null || failure="the relay's script could not be loaded from ${NEZHA_URL:-@URL@}"
    trap - EXIT INT TERM HUP
    status=1
    if [ -z "$failure" ]; then
        status=0
        sh "$other" "$@" </dev/null || status=$?
    else
        say "$failure; nothing was installed"
    fi
    rm -f "$other"
    exit $status
}

ask() {
    secret=${NEZHA_SECRET-}
    unset NEZHA_SECRET
    case $secret in
        *[!A-Za-z0-9._~/:@%+=,-]*) die "NEZHA_SECRET contains invalid characters; copy it again" ;;
    esac
    if [ -z "$secret" ] && [ -r "$prefix/current/secret" ]; then
        secret=$(sed -n "s/^NEZHA_SECRET='\(.*\)'$/\1/p" "$prefix/current/secret")
    fi
}

ask_for_service() {
    [ -n "$secret" ] || die "set NEZHA_SECRET to this server's secret, which the dashboard shows when you add the server"
}

write_settings() {
    [ -n "$secret" ] || return 0
    (umask 077 && printf "NEZHA_SECRET='%s'\n" "$secret" >"$new/secret")
}

finish() { :; }

# Sends one real report, so that a wrong secret or an unreachable URL is noticed now.
try_out() {
    [ -n "$secret" ] || return 0
    said=$(cd "$new" && NEZHA_URL=$url NEZHA_SECRET=$secret PYTHONPATH=$new/lib "$python" -m agent.reporter --check \
        </dev/null 2>&1) || die "$(echo "$said" | tail -n 1)"
}

start_script() {
    cat <<END
#!/bin/sh
# Runs the reporter in the foreground. Options are passed on to it.
cd $prefix/current || exit 1
NEZHA_URL=\${NEZHA_URL:-$url}
if [ -z "\${NEZHA_SECRET-}" ] && [ -r secret ]; then . ./secret; fi
if [ -z "\${STATE_DIRECTORY-}" ]; then NEZHA_SPOOL=\${NEZHA_SPOOL:-$prefix/spool}; fi
export NEZHA_URL NEZHA_SECRET NEZHA_SPOOL
export PYTHONPATH=$prefix/current/lib PYTHONNOUSERSITE=1 PYTHONDONTWRITEBYTECODE=1
exec $python -m agent.reporter "\$@"
END
}

# Root reads the secret, which the service itself cannot.
openrc_own() {
    echo "    . $prefix/current/secret && export NEZHA_SECRET"
    openrc_capability cap_net_raw
}

systemd_own() {
    cat <<END
EnvironmentFile=$prefix/current/secret
AmbientCapabilities=CAP_NET_RAW
CapabilityBoundingSet=CAP_NET_RAW
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
MemoryDenyWriteExecute=yes
END
}
