// How to connect a machine to the dashboard, with its secret, which is shown here and never again.
import { html, useEffect, useMemo, useState } from "../base/html.js";
import { ROOT } from "../base/api.js";
import { Dot } from "../figures/marks.js";
import { Code } from "../frame/confirm.js";
import { Dialog } from "../frame/dialog.js";
import { Field } from "../frame/form.js";
import { remember, remembered } from "../base/storage.js";
import { t } from "../text/strings.js";

// Without these, whoever controls the network or the relay could run commands on the machine.
const LIMITS = " --disable-command-execute --disable-nat";
const RELAY = /^(\[[\da-fA-F:.]+\]|[\w.-]+):(\d{1,5})$/;

/** live: the admin's data, asked for often until the server reports. */
export function Connect({ server, secret, servers, live, onClose }) {
  const connected = useConnected(server.id, servers, live);
  const url = ROOT.href.replace(/\/$/, "");
  return html`<${Dialog} title=${html`<bdi>${t("connect", { name: server.label })}</bdi>`} onClose=${onClose}>
    <div class="connect">
      <${Waiting} name=${server.label} connected=${connected} />
      <h3>${t("secret")}</h3>
      <${Code} text=${secret} what=${t("secret")} hint=${t("secretOnce")} />
      <p class="lead">${t("connectLead")}</p>
      <h3>${t("withReporter")}</h3>
      <p class="hint">${t("withReporterHint")}</p>
      <${Code}
        text=${`curl -fsSL ${url}/install.sh | sudo NEZHA_SECRET=${secret} sh`}
        what=${t("withReporter")}
      />
      <h3>${t("withAgent")}</h3>
      <p class="hint">${t("withAgentHint")}</p>
      <${Agent} secret=${secret} />
      <div class="buttons"><button class="button primary" type="button" onClick=${onClose}>${t("done")}</button></div>
    </div>
  <//>`;
}

function Waiting({ name, connected }) {
  return html`<div class=${`wait ${connected ? "ok" : ""}`} role="status">
    ${connected ? html`<${Dot} state="online" />` : html`<span class="three" aria-hidden="true"><i></i><i></i><i></i></span>`}
    <b>${connected ? t("connected", { name }) : t("waitingFor")}</b>
    <small>${connected ? t("connectedHint") : t("waitingForHint")}</small>
  </div>`;
}

/** Whether the machine reported since this began: reports with an old secret do not count. */
function useConnected(id, servers, live) {
  const now = servers.find((one) => one.id === id);
  const before = useMemo(() => now?.last_active ?? 0, []);
  const connected = Boolean(now?.seen) && now.last_active > before;
  useEffect(() => {
    if (connected) return undefined;
    const timer = setInterval(() => document.hidden || live.refresh(), 2000);
    return () => clearInterval(timer);
  }, [connected]);
  return connected;
}

/** The original's agent, by itself and by its installer. The browser remembers where the relay is. */
function Agent({ secret }) {
  const [relay, setRelay] = useState(remembered("relay") ?? "");
  const [plain, setPlain] = useState(remembered("relay-plain") === "1");
  const [, host, port] = RELAY.exec(relay) ?? [, "RELAY", "5555"];
  const tls = plain ? "" : " --tls";
  function onRelay(event) {
    setRelay(event.target.value.trim());
    remember("relay", event.target.value.trim());
  }
  function onTls(event) {
    setPlain(!event.target.checked);
    remember("relay-plain", event.target.checked ? null : "1");
  }
  return html`
    <${Field} name="relay" label=${t("relay")} error=${relay && !RELAY.test(relay) ? t("badRelay") : ""}>
      ${(attributes) => html`<input
        ...${attributes}
        value=${relay}
        placeholder="relay.example.com:5555"
        spellcheck="false"
        autocapitalize="none"
        autocomplete="off"
        onInput=${onRelay}
      />`}
    <//>
    <label class="check"><input type="checkbox" checked=${!plain} onChange=${onTls} />${t("relayTls")}</label>
    <${Code} text=${`./nezha-agent -s ${host}:${port} -p ${secret}${tls}${LIMITS}`} what=${t("withAgent")} />
    <p class="hint">${t("withInstaller")}</p>
    <${Code} text=${`./nezha.sh install_agent ${host} ${port} ${secret}${tls}${LIMITS}`} what=${t("withInstaller")} />
  `;
}
