// The head of a server's page: its position in the list, name, state and hardware, the range, and downloads.
import { html, useState } from "../base/html.js";
import { href, setQuery } from "../base/address.js";
import { fetched } from "../base/later.js";
import { Dot, Flag, SystemIcon } from "../figures/marks.js";
import { Sheet } from "../frame/dialog.js";
import { Icon } from "../frame/icons.js";
import { duration, label, roughly, size } from "../text/format.js";
import { t } from "../text/strings.js";
import { neighboursOf } from "./neighbours.js";
import { RANGES, rangeQuery } from "./ranges.js";

export function Header({ server, data, range, from, to, history, pings, zoomed, onZoom }) {
  const [saving, setSaving] = useState(false);
  return html`
    <div class="crumb">
      <a href=${href("")}><${Icon} name="left" />${t("servers")}</a>
      ${server.tagLabel && html`<span>/</span><a href=${href(`?tag=${encodeURIComponent(server.tag)}`)}><bdi>${server.tagLabel}</bdi></a>`}
      <span class="push"></span>
      <${Neighbours} server=${server} servers=${data.servers} />
    </div>
    <div class="title">
      <${Flag} code=${server.host.CountryCode} />
      <h1><bdi>${server.label}</bdi></h1>
      <${Chips} server=${server} />
      <div class="ranges">
        ${zoomed && html`<button class="button quiet" type="button" onClick=${() => onZoom(null)}>${t("resetZoom")}</button>`}
        <${Ranges} range=${range} />
        <button class="icon-button" type="button" aria-label=${t("download")} title=${t("download")} onClick=${() => setSaving(true)}>
          <${Icon} name="download" />
        </button>
        ${data.signedIn && html`<a class="button edit" href=${href(`dashboard#servers/${server.id}`)}><${Icon} name="edit" />${t("edit")}</a>`}
      </div>
    </div>
    ${saving && html`<${Download} ...${{ server, history, pings, from, to }} onClose=${() => setSaving(false)} />`}
  `;
}

function Neighbours({ server, servers }) {
  return neighboursOf(server, servers).map((one, index) => {
    const words = t(index ? "nextServer" : "previousServer");
    const icon = html`<${Icon} name=${index ? "right" : "left"} />`;
    return one
      ? html`<a class="icon-button" data-step href=${href(`server/${one.id}${location.search}`)} aria-label=${words} title=${`${words}: ${one.label}`}>${icon}</a>`
      : html`<span class="icon-button none">${icon}</span>`;
  });
}

function Chips({ server }) {
  const { host, system, cores } = server;
  const hardware = [cores > 0 && t("coresOf", { count: cores }), host.MemTotal > 0 && size(host.MemTotal)].filter(Boolean).join(" · ");
  const platform = [label(host.Virtualization, "").toUpperCase(), label(host.Arch, "")].filter(Boolean).join(" · ").slice(0, 80);
  return html`<div class="chips">
    <span class=${`chip ${{ online: "good", warn: "warn", offline: "bad" }[server.state] ?? ""}`}><${Dot} state=${server.state} />${stateOf(server)}</span>
    ${server.hide_for_guest && html`<span class="chip">${t("hidden")}</span>`}
    ${system.name && html`<span class="chip"><${SystemIcon} system=${system} /><bdi>${system.name.slice(0, 60)}</bdi></span>`}
    ${hardware && html`<span class="chip"><${Icon} name="cpu" />${hardware}</span>`}
    ${platform && html`<span class="chip"><bdi>${platform}</bdi></span>`}
  </div>`;
}

function stateOf(server) {
  if (server.online) return t("onlineUp", { time: roughly(server.status.Uptime) });
  return server.seen ? t("offlineFor", { time: duration(server.silence) }) : t("waiting");
}

function Ranges({ range }) {
  return html`<div class="seg" role="group" aria-label=${t("range")}>
    ${Object.keys(RANGES).map(
      (name) => html`<button type="button" aria-pressed=${name === range} onClick=${() => setQuery(rangeQuery(name))}>
        ${t(RANGES[name].words)}
      </button>`,
    )}
  </div>`;
}

function Download({ server, history, pings, from, to, onClose }) {
  const save = (what) => async () => {
    const files = await fetched(() => import("../charts/download.js"));
    onClose(); // the sheet would cover a notice
    if (files) what(files);
  };
  return html`<${Sheet} title=${t("download")} onClose=${onClose}>
    <div class="sheet-rows">
      ${history && html`<button class="button" type="button" onClick=${save((files) => files.downloadCsv(server.label, "history", history, from, to))}>${t("csvFigures")}</button>`}
      ${pings?.length > 0 && html`<button class="button" type="button" onClick=${save((files) => files.downloadCsv(server.label, "pings", pings, from, to))}>${t("csvPings")}</button>`}
      <button class="button" type="button" onClick=${save((files) => files.downloadPicture(server.label))}>${t("pngCharts")}</button>
    </div>
  <//>`;
}
