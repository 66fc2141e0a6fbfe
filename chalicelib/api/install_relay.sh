# Installs a relay for agents of Nezha v0, which forwards their reports to the dashboard at @URL@
#
#   curl -fsSL @URL@/install.sh | sudo NEZHA_RELAY=1 NEZHA_RELAY_NAME=relay.example.com sh
#   curl -fsSL @URL@/install.sh | sudo NEZHA_RELAY=1 sh -s -- --uninstall
#
# The relay's sources are at the end of this file; grpcio and its other packages come from PyPI. Running it again
# upgrades the relay; its settings, its certificate and unsent data are kept.
#
#   NEZHA_RELAY_NAME       how agents reach this machine: a host name or an IP address
#   NEZHA_RELAY_LISTEN     where agents connect; 0.0.0.0:5555. On 127.0.0.1 it runs without TLS, behind a proxy
#   NEZHA_RELAY_TLS_CERT   a certificate with its chain, and
#   NEZHA_RELAY_TLS_KEY    its key; without both, a self-signed certificate is made for NEZHA_RELAY_NAME
#   NEZHA_RELAY_METRICS    where to serve /metrics and /healthz; 127.0.0.1:9555, or off
#   NEZHA_PREFIX           the folder; /opt/nezha-relay, or ~/.local/share/nezha-relay for other users than root
#   NEZHA_URL              the dashboard, if machines reach it by another address than this file was loaded from
#   --no-service           installs and starts nothing; the last line is the command that starts it
#   --uninstall            removes everything that this script made; so does the command current/uninstall in the folder

name=nezha-relay program=relay requirements=relay-requirements.txt packages='grpcio and other packages'
pause=5 least=11 pythons='python3.14 python3.13 python3.12 python3.11'
removed=''

begin() { :; }

ask() {
    read_setting NAME && reached=$given
    read_setting LISTEN && listen=${given:-0.0.0.0:5555}
    read_setting METRICS && metrics=$given
    read_setting TLS_CERT && certificate=$given
    read_setting TLS_KEY && key=$given
    reached=${reached:-$(hostname -f 2>/dev/null || hostname)}
    case ${listen##*:} in
        '' | *[!0-9]*) die "NEZHA_RELAY_LISTEN must be HOST:PORT, for example 0.0.0.0:5555" ;;
    esac
    case $certificate,$key in
        , | /*,/*) ;;
        *) die "NEZHA_RELAY_TLS_CERT and NEZHA_RELAY_TLS_KEY must both be set, to absolute paths" ;;
    esac
    if [ -n "$certificate" ]; then
        tls=given
        for file in "$certificate" "$key"; do [ -r "$file" ] || die "$file cannot be read"; done
    else
        case $listen in
            127.* | localhost:* | '[::1]:'*) tls=proxy ;;
            *) tls=own && have openssl || die "cannot create a certificate; $(advice openssl) and run this again" ;;
        esac
    fi
}

ask_for_service() { :; }

# Sets `given` to the current setting, or else to that of the previous installation.
read_setting() {
    eval "given=\${NEZHA_RELAY_$1-}"
    if [ -z "$given" ] && [ -r "$prefix/current/settings" ]; then
        given=$(sed -n "s/^export NEZHA_RELAY_$1='\(.*\)'$/\1/p" "$prefix/current/settings")
    fi
    case $given in
        *[!]A-Za-z0-9._~/:@%+=,[-]*) die "NEZHA_RELAY_$1 contains invalid characters" ;;
    esac
}

write_settings() {
    {
        for setting in "API=$url" "NAME=$reached" "LISTEN=$listen" "METRICS=$metrics"; do
            echo "export NEZHA_RELAY_${setting%%=*}='${setting#*=}'"
        done
        [ $tls != given ] || printf "export NEZHA_RELAY_TLS_CERT='%s'\nexport NEZHA_RELAY_TLS_KEY='%s'\n" "$certificate" "$key"
        [ $tls != proxy ] || echo "export NEZHA_RELAY_TRUSTED_PROXY='127.0.0.1,::1'"
    } >"$new/settings"
    [ $tls = own ] || return 0
    certificate=$prefix/current/tls/cert.pem key=$prefix/current/tls/key.pem
    if [ "$(cat "$prefix/current/tls/name" 2>/dev/null || true)" = "$reached" ]; then
        cp -Rp "$prefix/current/tls" "$new/tls"
        return
    fi
    case $reached in
        *:*) kind_of_name=IP ;;
        *[!0-9.]*) kind_of_name=DNS ;;
        *) kind_of_name=IP ;;
    esac
    (umask 077 && mkdir "$new/tls" && cd "$new/tls" && echo "$reached" >name &&
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=nezha-relay \
            -addext "subjectAltName=$kind_of_name:$reached" -keyout key.pem -out cert.pem) </dev/null >"$new/pip.log" 2>&1 ||
        die "openssl could not create a certificate for $reached: $(tail -n 1 "$new/pip.log")"
    chmod 755 "$new/tls" && chmod 644 "$new/tls/cert.pem" && rm -f "$new/pip.log"
}

# Checks that the dashboard responds and the relay starts. It uses another port, because an older relay may still run.
try_out() {
    said=$("$python" -c 'import json, sys, urllib.request
json.load(urllib.request.urlopen(sys.argv[1] + "/api/v1/health", timeout=20))["result"]["version"]' "$url" \
        </dev/null 2>&1) || die "no dashboard responds at $url: $(echo "$said" | tail -n 1)"
    (
        cd "$new"
        export PYTHONPATH="$new/lib" NEZHA_RELAY_API="$url" NEZHA_RELAY_METRICS=off NEZHA_RELAY_LISTEN=127.0.0.1:0
        unset NEZHA_RELAY_TLS_CERT NEZHA_RELAY_TLS_KEY
        [ $tls = proxy ] || export NEZHA_RELAY_TLS_CERT="${certificate#"$prefix/current/"}" NEZHA_RELAY_TLS_KEY="${key#"$prefix/current/"}"
        exec "$python" -m agent.relay --spool "$new/check" --drain 0 </dev/null >"$new/ready" 2>"$new/said"
    ) &
    child=$!
    for _ in $(seq 60); do
        [ ! -s "$new/ready" ] && kill -0 $child 2>/dev/null || break
        sleep 1
    done
    [ -s "$new/ready" ] || die "the relay did not start: $(tail -n 1 "$new/said")"
    kill $child 2>/dev/null || true
    wait $child || true
    child=''
    rm -rf "$new/check" "$new/ready" "$new/said"
    accepted="the relay listens on $listen"
}

# Prints how to connect agents.
finish() {
    agent="nezha-agent -s $reached:${listen##*:} -p SECRET --tls --disable-command-execute --disable-nat"
    case $tls in
        own)
            say "copy $prefix/current/tls/cert.pem to each agent's machine, and start the agent there:"
            echo "SSL_CERT_FILE=cert.pem $agent"
            ;;
        given)
            say "start agents with:"
            echo "$agent"
            ;;
        proxy)
            say "make your TLS proxy forward $reached:5555 to $listen, and start agents with:"
            echo "nezha-agent -s $reached:5555 ${agent#* -s * }"
            ;;
    esac
}

start_script() {
    cat <<END
#!/bin/sh
# Runs the relay in the foreground. Options are passed on to it.
cd $prefix/current || exit 1
. ./settings
if [ $tls = own ]; then export NEZHA_RELAY_TLS_CERT=tls/cert.pem NEZHA_RELAY_TLS_KEY=tls/key.pem; fi
if [ -n "\${CREDENTIALS_DIRECTORY-}" ]; then
    export NEZHA_RELAY_TLS_CERT="\$CREDENTIALS_DIRECTORY/cert" NEZHA_RELAY_TLS_KEY="\$CREDENTIALS_DIRECTORY/key"
fi
if [ -z "\${STATE_DIRECTORY-}" ]; then export NEZHA_RELAY_SPOOL=\${NEZHA_RELAY_SPOOL:-$prefix/spool}; fi
export PYTHONPATH=$prefix/current/lib PYTHONNOUSERSITE=1 PYTHONDONTWRITEBYTECODE=1
exec $python -m agent.relay "\$@"
END
}

# Root copies the certificate and its key for the service, because only root may be able to read the originals.
openrc_own() {
    echo "    ulimit -n 65536 2>/dev/null || true"
    [ $tls = proxy ] || cat <<END
    checkpath -d -m 0750 -o root:$name /run/$name
    install -m 0640 -o root -g $name $certificate /run/$name/cert
    install -m 0640 -o root -g $name $key /run/$name/key
    export CREDENTIALS_DIRECTORY=/run/$name
END
    case ${listen##*:} in ? | ?? | ???) openrc_capability cap_net_bind_service ;; esac
}

systemd_own() {
    capabilities=$(case ${listen##*:} in ? | ?? | ???) echo CAP_NET_BIND_SERVICE ;; esac)
    cat <<END
$([ $tls = proxy ] || printf 'LoadCredential=cert:%s\nLoadCredential=key:%s' "$certificate" "$key")
TimeoutStopSec=15
LimitNOFILE=65536
AmbientCapabilities=$capabilities
CapabilityBoundingSet=$capabilities
RestrictAddressFamilies=AF_INET AF_INET6
END
}
