// One server's figures, as the list and the details show them.
import { html } from "./html.js";
import { bytes, bytesOf, label, load, percent, speed } from "./text/format.js";
import { Icon } from "./site.js";
import { t } from "./text/strings.js";

const FLAGS = new URL("./vendor/flags.svg", import.meta.url).href;
const STATES = { on: "stateOn", off: "stateOff", waiting: "stateWaiting" };

/** Meters, load, network and traffic, a cell each. role: of the cells. */
export function Figures({ server, role }) {
  const { host, status, on, seen } = server;
  return html`
    <${Meter} role=${role} name="cpu" value=${status.CPU} on=${on} />
    <${Meter} role=${role} name="memory" value=${server.memory} used=${status.MemUsed} total=${host.MemTotal} on=${on} />
    <${Meter} role=${role} name="swap" value=${server.swap} used=${status.SwapUsed} total=${host.SwapTotal} on=${on} />
    <${Meter} role=${role} name="disk" value=${server.disk} used=${status.DiskUsed} total=${host.DiskTotal} on=${on} />
    <${Cell} role=${role} name="load"><b>${on ? load(status.Load1) : "–"}</b><//>
    <${Cell} role=${role} name="speed">
      <${Both}
        down=${on ? speed(status.NetInSpeed) : "–"}
        up=${on ? speed(status.NetOutSpeed) : "–"}
        words=${["download", "upload"]}
      />
    <//>
    <${Cell} role=${role} name="traffic">
      <${Both}
        down=${seen ? bytes(status.NetInTransfer) : "–"}
        up=${seen ? bytes(status.NetOutTransfer) : "–"}
        words=${["received", "sent"]}
      />
    <//>
  `;
}

/** Its caption shows where no head of a column tells the same. */
export function Cell({ name, role, children }) {
  return html`<div role=${role} class=${`cell ${name}`}><span class="caption">${t(name)}</span>${children}</div>`;
}

/** A share of 100 with a bar. total: 0 where there is no such thing, undefined where only the share is known. */
function Meter({ name, role, value, used, total, on }) {
  if (total === 0 || !on) {
    const words = on && name === "swap" ? t("none") : "–";
    return html`<${Cell} name=${name} role=${role}><div class="meter off"><b>${words}</b><${Bar} share=${0} /></div><//>`;
  }
  return html`<${Cell} name=${name} role=${role}>
    <div class=${`meter ${levelOf(value)}`}>
      <b>${percent(value)}</b>
      ${total > 0 && html`<small>${bytesOf(used, total)}</small>`}
      <${Bar} share=${value} />
    </div>
  <//>`;
}

/** The class of a share of 100: from which on it is worth a look. */
export const levelOf = (value) => (value >= 90 ? "high" : value >= 75 ? "raised" : "");

export function Bar({ share }) {
  const part = Math.min(100, Math.max(0, share)) / 100;
  return html`<i class="bar"><i style=${{ transform: `scaleX(${part})` }}></i></i>`;
}

function Both({ down, up, words }) {
  return html`<div class="both">
    <span><${Icon} name="down" /><span class="unseen">${t(words[0])} </span>${down}</span>
    <span><${Icon} name="up" /><span class="unseen">${t(words[1])} </span>${up}</span>
  </div>`;
}

export function Dot({ state }) {
  return html`<span class=${`dot ${state}`} role="img" aria-label=${t(STATES[state])} title=${t(STATES[state])}></span>`;
}

/** Keeps its place also where the country is not known. */
export function Flag({ code }) {
  const letters = /^[a-z]{2}$/i.test(code) ? code.toUpperCase() : "";
  if (!letters) return html`<span class="flag"></span>`;
  return html`<svg class="flag" role="img" aria-label=${letters}>
    <title>${letters}</title>
    <use href=${`${FLAGS}#${letters}`} />
  </svg>`;
}

export function systemOf(host) {
  return label(`${host.Platform} ${host.PlatformVersion}`.slice(0, 200), "") || " ";
}
