// The monitors page: what is probed, from which servers, and the results.
import { html } from "../base/html.js";
import { href, setQuery } from "../base/address.js";
import { useOptional } from "../base/optional.js";
import { Dot, Flag, Strip } from "../figures/marks.js";
import { Fades, Spark } from "../figures/sparks.js";
import { Icon } from "../frame/icons.js";
import { Empty } from "../frame/notices.js";
import { meanText } from "../home/row.js";
import { label, lossOf, milliseconds, number } from "../text/format.js";
import { t } from "../text/strings.js";
import { Incidents } from "./incidents.js";

const DAY = 86_400;
/** The ranges of the curves, by their names in the address. */
const CURVES = { "1h": "range1h", "24h": "range24h", "7d": "range7d", "30d": "range30d" };
const USUAL = "1h";
const SOON_DAYS = 14;

/** Only people with a session get the list of monitors. Guests get the monitors' status if it is public. */
export function Page({ data, query }) {
  const range = query.get("range") in CURVES ? query.get("range") : USUAL;
  const path = `api/monitor/status${range === USUAL ? "" : `?range=${range}`}`;
  const status = useOptional(data.showsMonitors ? path : null, 60);
  const list = useOptional(data.signedIn ? "api/monitor" : null, 60);
  const type = query.get("type") ?? "";
  const monitors = merged(status?.monitors, list);
  if (!monitors && status === null && list === null) return html`<${Empty} title=${t("monitorsPrivate")} />`;
  if (!monitors) return html`<h1 class="unseen">${t("monitors")}</h1><p class="loading" role="status">${t("loading")}</p>`;
  const types = [...new Set(monitors.map((one) => one.type))].sort();
  const shown = monitors.filter((one) => !type || one.type === type).sort((a, b) => troubleOf(b) - troubleOf(a));
  return html`
    <div class="pagehead">
      <div><h1>${t("monitors")}</h1>${status && monitors.length > 0 && html`<${Summary} monitors=${monitors} />`}</div>
      <span class="push"></span>
      ${types.length > 1 &&
      html`<div class="seg" role="group" aria-label=${t("type")}>
        ${["", ...types].map((one) => html`<button type="button" aria-pressed=${type === one} onClick=${() => setQuery({ type: one || null })}>${one ? one.toUpperCase() : t("all")}</button>`)}
      </div>`}
      ${(range !== USUAL || monitors.some(hasSpark)) &&
      html`<div class="seg" role="group" aria-label=${t("latencyRange")}>
        <span aria-hidden="true">${t("latency")}</span>
        ${Object.entries(CURVES).map(([one, words]) => html`<button type="button" key=${one} aria-pressed=${range === one} onClick=${() => setQuery({ range: one === USUAL ? null : one })}>${t(words)}</button>`)}
      </div>`}
    </div>
    ${shown.length ? html`<${Table} monitors=${shown} days=${data.monitorDays} status=${status} data=${data} range=${t(CURVES[range])} open=${query.get("monitor")} />` : html`<${Empty} title=${t("noMonitors")} hint=${t("noMonitorsHint")} />`}
    <${Incidents} data=${data} />
  `;
}

/** What is known about each monitor from either answer; null before the first one. */
function merged(status, list) {
  if (!status && !list) return null;
  const known = new Map((list ?? []).map((one) => [one.id, one]));
  const rows = status ?? list;
  return rows.map((one) => ({ ...known.get(one.id), ...one }));
}

const hasSpark = (one) => one.spark?.some((value) => value !== null) ?? false;
const isDown = (one) => one.down > 0 && one.up === 0;
const isLossy = (one) => one.loss > 1;

/** The rank of a monitor: those that are down come first, then those that lose packets. */
const troubleOf = (one) => (isDown(one) ? 2 : isLossy(one) ? 1 : 0);

function Summary({ monitors }) {
  const down = monitors.filter(isDown);
  return html`<p>
    ${t("monitorsUp", { up: monitors.length - down.length, count: monitors.length })}
    ${down.length > 0 && html` <span class="bad">${t("monitorsDown", { names: down.slice(0, 5).map((one) => label(one.name)).join(", ") })}</span>`}
  </p>`;
}

/** range: how far back the curves go, in words. */
function Table({ monitors, days, status, data, range, open }) {
  const has = { days: days.size > 0, status: Boolean(status), certificate: monitors.some((one) => one.certificate), spark: monitors.some(hasSpark) };
  const kinds = Object.keys(has).filter((name) => !has[name]).map((name) => `without-${name}`);
  const heads = status
    ? [["monitor"], has.days && ["availability30", "c-days"], has.spark && ["latencyLast", "c-spark"], ["latency", "num"], ["lossShort", "num c-loss"], ["probedFrom", "num opt"], has.certificate && ["certificate", "num opt"]]
    : [["monitor"], ["interval", "num"], ["probedFrom", "num"]];
  return html`<${Fades} /><div class=${`card monitors ${kinds.join(" ")}`} role="table" aria-label=${t("monitors")}>
    <div role="rowgroup">
      <div class="head" role="row">${heads.filter(Boolean).map(([key, kind = ""]) => html`<span class=${kind} role="columnheader">${t(key, { range })}</span>`)}</div>
    </div>
    <div role="rowgroup">
      ${monitors.map((one) => html`<${Row} key=${one.id} monitor=${one} days=${days.get(one.id) ?? []} has=${has} data=${data} open=${open === String(one.id)} />`)}
    </div>
  </div>`;
}

/** open: whether it shows the monitor's status from each server. */
function Row({ monitor, days, has, data, open }) {
  const down = isDown(monitor);
  const name = html`<bdi>${label(monitor.name)}</bdi>`;
  const toggle = () => setQuery({ monitor: open ? null : String(monitor.id) });
  return html`<div class=${`item ${down ? "is-bad" : ""}`} role="row">
      <div class="what" role="cell">
        ${has.status && html`<${Dot} state=${down ? "offline" : isLossy(monitor) ? "warn" : monitor.up > 0 ? "online" : "never"} />`}
        <em class="kind">${monitor.type.toUpperCase()}</em>
        <div>
          ${has.status ? html`<button class="more" type="button" aria-expanded=${open} onClick=${toggle}>${name}<${Icon} name="caret" /></button>` : html`<b>${name}</b>`}
          ${monitor.target && html`<small><bdi>${label(monitor.target)}</bdi></small>`}
        </div>
      </div>
      ${has.status ? html`<${Figures} ...${{ monitor, days, has, down, data }} />` : html`<${Plain} monitor=${monitor} data=${data} />`}
    </div>
    ${open && has.status && html`<div class="from" role="row"><div role="cell"><${Servers} monitor=${monitor} data=${data} /></div></div>`}`;
}

function Figures({ monitor, days, has, down, data }) {
  const { latency, loss, up, certificate } = monitor;
  const left = certificate ? Math.floor((certificate.not_after - data.now) / DAY) : null;
  const [probing, all] = [up + monitor.down, data.servers.length];
  return html`
    ${has.days && html`<div class="c-days" role="cell">${days.length > 0 && html`<${Strip} days=${days} /><small>${meanText(days)}</small>`}</div>`}
    ${has.spark && html`<div class="c-spark" role="cell"><${Spark} values=${monitor.spark} color=${down ? "muted" : "cpu"} relief /></div>`}
    <div class="num" role="cell"><b class=${down ? "bad" : ""}>${down ? t("down") : latency === null ? "–" : milliseconds(latency)}</b>${loss !== null && html`<small class="short">${loss < 0.05 ? t("noLoss") : t("lossOf", { percent: lossOf(loss) })}</small>`}</div>
    <div class="num c-loss" role="cell"><b class=${levelOf(loss)}>${loss === null ? "–" : lossOf(loss)}</b></div>
    <div class="num opt" role="cell">${number(probing)}<small>${probing <= all ? t("ofServers", { count: all }) : t("serversWord", { count: probing })}</small></div>
    ${has.certificate &&
    html`<div class="num opt" role="cell">
      ${left === null ? "–" : html`<b class=${left < 3 ? "bad" : left < SOON_DAYS ? "warn" : ""}>${left < 0 ? t("certificateOver") : t("daysLong", { count: left })}</b><small><bdi>${label(certificate.issuer)}</bdi></small>`}
    </div>`}
  `;
}

const levelOf = (loss) => (loss > 20 ? "bad" : loss > 1 ? "warn" : "");

/** A monitor's status from each server: first the servers that do not reach it, then the others by latency. */
function Servers({ monitor, data }) {
  const known = new Map(data.servers.map((one) => [one.id, one]));
  const rows = monitor.servers
    .filter((one) => known.has(one.id))
    .sort((a, b) => (a.latency ?? -1) - (b.latency ?? -1));
  if (!rows.length) return html`<p>${t("noPings")}</p>`;
  return html`<ul>
    ${rows.map(({ id, latency, loss }) => {
      const server = known.get(id);
      return html`<li key=${id}>
        <${Flag} code=${server.host.CountryCode} /><a href=${href(`server/${id}`)}><bdi>${server.label}</bdi></a>
        <span class=${latency === null ? "bad" : ""}>${latency === null ? t("down") : milliseconds(latency)}</span>
        <span class=${levelOf(loss)}>${lossOf(loss)}</span>
      </li>`;
    })}
  </ul>`;
}

function Plain({ monitor, data }) {
  const all = data.servers.length;
  const count = monitor.cover === "only" ? monitor.servers.length : all - monitor.servers.length;
  return html`<div class="num" role="cell">${t("seconds", { seconds: monitor.interval })}</div>
    <div class="num" role="cell">${number(count)}<small>${t("ofServers", { count: all })}</small></div>`;
}
