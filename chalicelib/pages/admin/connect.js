// How to connect a machine to the dashboard, with its secret, which is shown here and never again.
import { html, useEffect, useMemo, useState } from "../base/html.js";
import { href } from "../base/address.js";
import { ROOT } from "../base/api.js";
import { Dot } from "../figures/marks.js";
import { Code } from "../frame/confirm.js";
import { Dialog } from "../frame/dialog.js";
import { Field } from "../frame/form.js";
import { remember, remembered } from "../base/storage.js";
import { clock, size } from "../text/format.js";
import { t } from "../text/strings.js";

// Without these, whoever controls the network or the relay could run commands on the machine.
const LIMITS = " --disable-command-execute --disable-nat";
const RELAY = /^(\[[\da-fA-F:.]+\]|[\w.-]+):(\d{1,5})$/;

/** live: the admin's data, requested often until the server reports. */
export function Connect({ server, secret, servers, live, onClose }) {
  const connected = useConnected(server.id, servers, live);
  const url = ROOT.href.replace(/\/$/, "");
  const [way, setWay] = useState("withReporter");
  const panel = (name, content) => html`<div role="tabpanel" id=${`panel-${name}`} aria-labelledby=${`tab-${name}`} hidden=${name !== way}>${content}</div>`;
  return html`<${Dialog} title=${html`<bdi>${t("connect", { name: server.label })}</bdi>`} onClose=${onClose}>
    <div class="connect">
      <${Ways} way=${way} onChoose=${setWay} />
      ${panel(
        "withReporter",
        html`<p class="hint">${t("withReporterHint")}</p>
          <${Code} text=${`curl -fsSL ${url}/install.sh | sudo NEZHA_SECRET=${secret} sh`} secret=${secret} what=${t("withReporter")} hint=${t("secretOnce")} prompt />`,
      )}
      ${panel("withAgent", html`<p class="hint">${t("withAgentHint")}</p><${Agent} secret=${secret} />`)}
      ${panel("secret", html`<${Code} text=${secret} secret=${secret} what=${t("secret")} hint=${t("secretOnce")} />`)}
      <${Waiting} name=${server.label} connected=${connected} />
      ${way === "withReporter" && html`<${Options} />`}
    </div>
    <footer>
      <small>${way === "withReporter" && t("installNeeds")}</small>
      <div class="buttons">
        <button class=${`button ${connected ? "" : "primary"}`} type="button" onClick=${onClose}>${t("done")}</button>
        ${connected && html`<a class="button primary" href=${href(`server/${server.id}`)}>${t("toggle", { name: server.label })}</a>`}
      </div>
    </footer>
  <//>`;
}

const WAYS = ["withReporter", "withAgent", "secret"];

/** Tabs; the arrow keys move between them. */
function Ways({ way, onChoose }) {
  function onKeyDown({ key, currentTarget }) {
    const step = { ArrowRight: 1, ArrowLeft: WAYS.length - 1 }[key];
    if (!step) return;
    const next = WAYS[(WAYS.indexOf(way) + step) % WAYS.length];
    onChoose(next);
    currentTarget.querySelector(`#tab-${next}`).focus();
  }
  return html`<div class="tabs" role="tablist" aria-label=${t("connectLead")} onKeyDown=${onKeyDown}>
    ${WAYS.map(
      (name) => html`<button
        type="button"
        role="tab"
        key=${name}
        id=${`tab-${name}`}
        aria-controls=${`panel-${name}`}
        aria-selected=${name === way ? "true" : "false"}
        tabindex=${name === way ? 0 : -1}
        onClick=${() => onChoose(name)}
      >${t(name)}</button>`,
    )}
  </div>`;
}

/** connected: the server once it has reported, false before. */
function Waiting({ name, connected }) {
  const facts = connected && [connected.system.name, connected.cores && t("coresOf", { count: connected.cores }), connected.host.MemTotal && size(connected.host.MemTotal), clock(connected.last_active)];
  return html`<div class=${`wait ${connected ? "ok" : ""}`}>
    ${connected ? html`<${Dot} state="online" />` : html`<span class="three" aria-hidden="true"><i></i><i></i><i></i></span>`}
    <div role="status">
      <b>${connected ? t("connected", { name }) : t("waitingFor")}</b>
      <small>${connected ? t("connectedHint") : t("waitingForHint")}</small>
    </div>
    ${connected ? html`<small class="facts-line"><bdi>${facts.filter(Boolean).join(" · ")}</bdi></small>` : html`<${Elapsed} />`}
  </div>`;
}

const OPTIONS = {
  "NEZHA_PREFIX=/srv/nezha": "installPrefix",
  "sh -s -- --no-service": "installNoService",
  "sh -s -- --uninstall": "installRemove",
};

/** What else the installer can do: settings before `sh`, and options after it. */
function Options() {
  return html`<details class="options">
    <summary>${t("installOptions")}</summary>
    <dl>${Object.entries(OPTIONS).map(([code, words]) => html`<div key=${code}><dt><code>${code}</code></dt><dd>${t(words)}</dd></div>`)}</dl>
  </details>`;
}

/** The time since the dialog was opened: "0:07". */
function Elapsed() {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((old) => old + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return html`<time aria-hidden="true">${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}</time>`;
}

/** The server once it has reported since the dialog was opened (earlier reports used an old secret), false before. */
function useConnected(id, servers, live) {
  const now = servers.find((one) => one.id === id);
  const before = useMemo(() => now?.last_active ?? 0, []);
  const connected = Boolean(now?.seen) && now.last_active > before && now;
  useEffect(() => {
    if (connected) return undefined;
    const timer = setInterval(() => document.hidden || live.refresh(), 2000);
    return () => clearInterval(timer);
  }, [Boolean(connected)]);
  return connected;
}

/** How to run the original v0 agent, directly or with its installer. The browser remembers the relay's address. */
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
    <${Code} text=${`./nezha-agent -s ${host}:${port} -p ${secret}${tls}${LIMITS}`} secret=${secret} what=${t("withAgent")} prompt />
    <p class="hint">${t("withInstaller")}</p>
    <${Code} text=${`./nezha.sh install_agent ${host} ${port} ${secret}${tls}${LIMITS}`} secret=${secret} what=${t("withInstaller")} prompt />
  `;
}
