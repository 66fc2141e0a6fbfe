// One server: its host, its figures, and charts of its pings.
import { html } from "./html.js";
import { Charts } from "./charts.js";
import { Dialog } from "./dialog.js";
import { ago, count, cut, day, duration, label, load, moment, plain } from "./text/format.js";
import { Dot, Figures, Flag, systemOf } from "./figures.js";
import { t } from "./text/strings.js";

/** server: undefined when there is none with this id. */
export function Details({ id, server, onClose }) {
  if (!server) return html`<${Dialog} title=${`#${id}`} onClose=${onClose}><p>${t("gone")}</p><//>`;
  const title = html`<span class="title">
    <${Dot} state=${server.state} />${server.host.CountryCode && html`<${Flag} code=${server.host.CountryCode} />`}
    <bdi>${server.label}</bdi>
  </span>`;
  return html`<${Dialog} title=${title} onClose=${onClose} wide>
    <p class="state">
      ${server.on
        ? `${t("uptime")}: ${duration(server.status.Uptime)}`
        : server.seen
          ? t("lastSeen", { time: ago(server.silence) })
          : t("waiting")}
      ${server.hide_for_guest && html` <em class="badge">${t("hidden")}</em>`}
    </p>
    <div class="meters"><${Figures} server=${server} /></div>
    <${Charts} id=${id} />
    <h3>${t("system")}</h3>
    <dl class="facts">${facts(server).map(([key, value]) => html`<div key=${key}><dt>${t(key)}</dt><dd><bdi>${value}</bdi></dd></div>`)}</dl>
  <//>`;
}

/** What is known, as (key of its name, text); what is not known is left out. */
function facts(server) {
  const { host, status } = server;
  const list = (entries) => (entries ?? []).slice(0, 8).map((one) => label(one)).join(", ");
  const known = server.seen;
  const pairs = [
    ["platform", systemOf(host).trim()],
    ["processor", list(host.CPU)],
    ["gpu", list(host.GPU)],
    ["architecture", label(host.Arch, "")],
    ["virtualization", label(host.Virtualization, "")],
    ["loadLong", known && [status.Load1, status.Load5, status.Load15].map(load).join("  ")],
    ["connections", known && t("connectionsValue", { tcp: count(status.TcpConnCount), udp: count(status.UdpConnCount) })],
    ["processes", known && count(status.ProcessCount)],
    ["temperatures", temperatures(status.Temperatures)],
    ["booted", host.BootTime > 0 && moment(host.BootTime)],
    ["agent", label(host.Version, "")],
    ["address", [server.ipv4, server.ipv6].filter(Boolean).join("  ")],
    ["note", plain(server.note ?? "")],
    ["created", server.created > 0 && day(server.created)],
    ["id", String(server.id)],
  ];
  return pairs.filter(([, value]) => value).map(([key, value]) => [key, cut(value, key === "note" ? 1200 : 400)]);
}

function temperatures(sensors) {
  return (sensors ?? [])
    .filter((one) => one.Temperature > 0)
    .slice(0, 8)
    .map((one) => `${label(one.Name)} ${Math.round(one.Temperature)} °C`)
    .join(", ");
}
