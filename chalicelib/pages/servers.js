// The list of servers on the status page.
import { html, useMemo } from "./html.js";
import { ago, duration } from "./text/format.js";
import { Cell, Dot, Figures, Flag, systemOf } from "./figures.js";
import { lines, select } from "./servers_data.js";
import { Empty } from "./site.js";
import { HEIGHTS } from "./view.js";
import { Windowed } from "./windowed.js";
import { t } from "./text/strings.js";

const COLUMNS = ["name", "uptime", "cpu", "memory", "swap", "disk", "load", "speed", "traffic"];

export const EVERYTHING = { search: "", tag: null, state: "all", order: "arranged" };

export function Servers({ servers, view, filter, onFilter, onOpen }) {
  const { cards, columns, unit } = view;
  const found = useMemo(() => {
    const all = lines(select(servers, filter), filter.order);
    return shelved(all, cards ? columns : 1);
  }, [servers, filter, cards, columns]);
  const heightOf = useMemo(() => {
    const height = cards ? HEIGHTS.card : HEIGHTS.row;
    return (line) => unit * (line.servers ? height : HEIGHTS.group);
  }, [cards, unit]);
  if (!found.length) {
    return html`<${Empty} title=${t("nothingFound")} hint=${t("nothingFoundHint")}>
      <button type="button" onClick=${() => onFilter(EVERYTHING)}>${t("showAll")}</button>
    <//>`;
  }
  const setOrder = (order) => onFilter({ ...filter, order: filter.order === order ? "arranged" : order });
  const last = found.at(-1);
  return html`<div
    class=${`fleet ${cards ? "cards" : "rows"}`}
    role="table"
    aria-label=${t("servers")}
    aria-rowcount=${last.index + last.servers.length - (cards ? 2 : 1)}
    style=${{ "--columns": columns }}
  >
    ${!cards && html`<${Head} order=${filter.order} onOrder=${setOrder} />`}
    <${Windowed}
      role="rowgroup"
      lines=${found}
      heightOf=${heightOf}
      view=${(line) => html`<${Line} key=${line.servers ? line.servers[0].id : `tag ${line.tag}`} ...${{ line, cards, onOpen }} />`}
    />
  </div>`;
}

/** The lines with as many servers side by side as there are columns. index: of its first row, 1 being the head. */
function shelved(all, columns) {
  const found = [];
  let index = 2;
  for (const line of all) {
    const open = found.at(-1)?.servers;
    if (line.server && open && open.length < columns) open.push(line.server);
    else found.push(line.server ? { servers: [line.server], index } : { ...line, index });
    index += 1;
  }
  return found;
}

function Head({ order, onOrder }) {
  return html`<div class="row head" role="row" aria-rowindex="1">
    ${COLUMNS.map(
      (key) => html`<div
        role="columnheader"
        class=${`cell ${key}`}
        aria-sort=${order === key ? (key === "name" ? "ascending" : "descending") : "none"}
      >
        <button type="button" class=${order === key ? "on" : ""} onClick=${() => onOrder(key)}>${t(key)}</button>
      </div>`,
    )}
  </div>`;
}

function Line({ line, cards, onOpen }) {
  const first = line.index - (cards ? 1 : 0); // cards have no head
  if (!line.servers) return html`<${Group} group=${line} index=${first} />`;
  const rows = line.servers.map(
    (server, at) => html`<${Row} key=${server.id} server=${server} index=${first + at} onOpen=${onOpen} />`,
  );
  return cards ? html`<div class="shelf" role="none">${rows}</div>` : rows;
}

function Group({ group, index }) {
  return html`<div class="group" role="row" aria-rowindex=${index}>
    <div role="rowheader" aria-colspan=${COLUMNS.length}>
      <h2><bdi>${group.label || t("noTag")}</bdi></h2>
      <span>${t("onlineOf", { on: group.on, all: group.all })}</span>
    </div>
  </div>`;
}

function Row({ server, index, onOpen }) {
  const { host, status } = server;
  return html`<div class=${`row ${server.state}`} role="row" aria-rowindex=${index}>
    <div role="cell" class="cell name">
      <${Dot} state=${server.state} />
      <${Flag} code=${host.CountryCode} />
      <div class="who">
        <button type="button" class="open" onClick=${() => onOpen(server.id)} title=${server.label}>
          <bdi>${server.label}</bdi>
        </button>
        <span class="sub">
          ${server.hide_for_guest && html`<em class="badge" title=${t("hidden")}>${t("hiddenShort")}</em>`}
          <bdi>${systemOf(host)}</bdi>
        </span>
      </div>
    </div>
    <${Cell} role="cell" name="uptime">
      ${server.on
        ? html`<b>${duration(status.Uptime)}</b>`
        : html`<span class="silent">${server.seen ? ago(server.silence) : t("waiting")}</span>`}
    <//>
    <${Figures} server=${server} role="cell" />
  </div>`;
}
