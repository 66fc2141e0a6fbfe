// A server's current figures, for servers without history.
import { html } from "../base/html.js";
import { Meter, Rates, ofTotal } from "../figures/marks.js";
import { levelOf } from "../figures/servers.js";
import { bytes, count, load, percent } from "../text/format.js";
import { t } from "../text/strings.js";

export function Now({ server }) {
  if (!server.seen) return null;
  const { host, status, cpu, memory, swap, disk } = server;
  return html`<section class="card panel wide now" aria-label=${t("now")}>
    <header><h2>${t(server.online ? "now" : "lastKnownShort")}</h2></header>
    <div class="now-figures">
      <${Part} name="cpu" value=${cpu} words=${t("loadOf", { values: [status.Load1, status.Load5, status.Load15].map(load).join("  ") })} />
      <${Part} name="memory" value=${memory} words=${ofTotal(status.MemUsed, host.MemTotal)} />
      ${host.SwapTotal > 0 && html`<${Part} name="swap" value=${swap} words=${ofTotal(status.SwapUsed, host.SwapTotal)} />`}
      <${Part} name="disk" value=${disk} words=${ofTotal(status.DiskUsed, host.DiskTotal)} />
      <div><span class="label">${t("speed")}</span><div class="two"><${Rates} received=${status.NetInSpeed} sent=${status.NetOutSpeed} /></div></div>
      <div><span class="label">${t("trafficSinceBoot")}</span><div class="two"><${Rates} received=${status.NetInTransfer} sent=${status.NetOutTransfer} show=${bytes} /></div></div>
      <div>
        <span class="label">${t("connections")}</span>
        <p class="big">${count(status.TcpConnCount)}</p>
        <small>${t("udpOf", { count: status.UdpConnCount })}, ${t("processesOf", { count: status.ProcessCount })}</small>
      </div>
    </div>
  </section>`;
}

function Part({ name, value, words }) {
  return html`<div>
    <span class=${`label key ${name}`}>${t(name)}</span>
    <p class=${`big ${levelOf(value)}`}>${percent(value)}</p>
    <${Meter} value=${value} kind=${name} />
    <small>${words}</small>
  </div>`;
}
