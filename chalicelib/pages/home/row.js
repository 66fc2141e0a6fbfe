// One server in the list.
import { html, memo } from "../base/html.js";
import { href } from "../base/address.js";
import { Dot, Flag, Latency, Meter, Rates, Strip, SystemIcon, meanOf, ofTotal } from "../figures/marks.js";
import { levelOf } from "../figures/servers.js";
import { Mirror, Spark } from "../figures/sparks.js";
import { availabilityOf, duration, exactMoment, milliseconds, percent, roughly } from "../text/format.js";
import { t } from "../text/strings.js";

const KINDS = { online: "", warn: "is-warn", offline: "is-offline", never: "is-never" };

export const Row = memo(({ server, data, index }) => {
  const days = data.availability?.get(server.id);
  return html`<div class=${`row ${KINDS[server.state]}`} role="row" aria-rowindex=${index}>
    <${Who} server=${server} role="cell" />
    ${data.availability &&
    html`<div class="c-days" role="cell">${days && html`<${Strip} days=${days} /><small>${meanText(days)}</small>`}</div>`}
    ${server.online
      ? html`<${Figures} server=${server} data=${data} />`
      : html`<div class="gone" role="cell" aria-colspan="5"><${Gone} server=${server} /></div>`}
  </div>`;
});

/** A server's state, country, name and system. */
export function Who({ server, role }) {
  return html`<div class="who" role=${role}>
    <${Dot} state=${server.state} /><${Flag} code=${server.host.CountryCode} />
    <div>
      <a href=${href(`server/${server.id}`)} title=${server.label}><bdi>${server.label}</bdi></a>
      <small>
        ${server.hide_for_guest && html`<em class="badge" title=${t("hidden")}>${t("hiddenShort")}</em>`}
        <${SystemIcon} system=${server.system} /><bdi>${server.system.name}</bdi>
      </small>
    </div>
  </div>`;
}

function Figures({ server, data }) {
  const { host, status, cpu, memory, disk } = server;
  const spark = data.spark?.get(server.id);
  return html`
    <div class="cell flow" role="cell">
      <b class=${levelOf(cpu)} data-label=${t("cpu")}>${percent(cpu)}</b>
      ${spark ? html`<${Spark} values=${spark.cpu} color=${colorOf(cpu)} />` : html`<${Meter} value=${cpu} kind="cpu" />`}
    </div>
    <${Share} name="memory" short="memoryShort" value=${memory} words=${ofTotal(status.MemUsed, host.MemTotal)} />
    <${Share} name="disk" short="diskShort" value=${disk} words=${ofTotal(status.DiskUsed, host.DiskTotal)} />
    <div class="cell flow net" role="cell">
      ${spark && html`<${Mirror} received=${spark.in} sent=${spark.out} />`}
      <div><${Rates} received=${status.NetInSpeed} sent=${status.NetOutSpeed} /></div>
    </div>
    ${data.hasLatency && html`<div class="cell num c-lat" role="cell"><${Latency} server=${server} show=${milliseconds} /></div>`}
    <div class="cell num c-up" role="cell">${roughly(status.Uptime)}</div>
  `;
}

function Share({ name, short, value, words }) {
  return html`<div class="cell" role="cell">
    <p data-label=${t(short)}><b class=${levelOf(value)}>${percent(value)}</b><small>${words}</small></p>
    <${Meter} value=${value} kind=${name} />
  </div>`;
}

/** The color of a curve: a warning color if its newest value is high. */
export const colorOf = (value) => (levelOf(value) ? `${levelOf(value)}-fill` : "cpu");

/** The last known figures of an offline server, and when it last reported. */
export function Gone({ server }) {
  if (!server.seen) return html`<span>${t("waiting")}</span>`;
  const { cpu, memory, disk } = server;
  return html`<b class="bad">${t("offlineFor", { time: duration(server.silence) })}</b>
    <span>${t("lastReport", { time: exactMoment(server.last_active) })}</span>
    <span>${t("lastKnown", { cpu: percent(cpu), memory: percent(memory), disk: percent(disk) })}</span>`;
}

export function meanText(days) {
  const mean = meanOf(days);
  return mean === null ? "" : availabilityOf(mean);
}
