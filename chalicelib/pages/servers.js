// The list of servers on the status page.
import { html, useEffect, useMemo, useState } from "./html.js";
import { ago, bytes, bytesOf, duration, label, load, percent, speed } from "./format.js";
import { ORDER_KEYS, lines, select, tagsOf } from "./fleet.js";
import { Empty, Icon } from "./site.js";
import { Windowed } from "./windowed.js";
import { t } from "./strings.js";

const FLAGS = new URL("./flags.svg", import.meta.url).href;
const NARROW = matchMedia("(max-width: 760px)");
const HEIGHTS = { group: 46, row: 58, card: 148 };
const COLUMNS = ["name", "uptime", "cpu", "memory", "swap", "disk", "load", "speed", "traffic"];

export const EVERYTHING = { search: "", tag: null, state: "all", order: "arranged" };

export function Servers({ servers, filter, onFilter, onOpen }) {
  const narrow = useNarrow();
  const found = useMemo(() => lines(select(servers, filter), filter.order), [servers, filter]);
  const heightOf = useMemo(() => {
    const row = narrow ? HEIGHTS.card : HEIGHTS.row;
    return (line) => (line.server ? row : HEIGHTS.group);
  }, [narrow]);
  if (!found.length) {
    return html`<${Empty} title=${t("nothingFound")} hint=${t("nothingFoundHint")}>
      <button type="button" onClick=${() => onFilter(EVERYTHING)}>${t("showAll")}</button>
    <//>`;
  }
  const setOrder = (order) => onFilter({ ...filter, order: filter.order === order ? "arranged" : order });
  return html`<div class="fleet" role="table" aria-label=${t("servers")} aria-rowcount=${found.length + 1}>
    <${Head} order=${filter.order} onOrder=${setOrder} />
    <${Windowed}
      role="rowgroup"
      lines=${found}
      heightOf=${heightOf}
      view=${(line, index) =>
        line.server
          ? html`<${Row} key=${line.server.id} server=${line.server} index=${index + 2} onOpen=${onOpen} />`
          : html`<${Group} key=${`tag ${line.tag}`} group=${line} index=${index + 2} />`}
    />
  </div>`;
}

function useNarrow() {
  const [narrow, setNarrow] = useState(NARROW.matches);
  useEffect(() => {
    const look = () => setNarrow(NARROW.matches);
    NARROW.addEventListener("change", look);
    return () => NARROW.removeEventListener("change", look);
  }, []);
  return narrow;
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
  const name = html`<div role="cell" class="cell name">
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
  </div>`;
  return html`<div class=${`row ${server.state}`} role="row" aria-rowindex=${index}>
    ${name}
    <${Cell} key="uptime" name="uptime">
      ${server.on
        ? html`<b>${duration(status.Uptime)}</b>`
        : html`<span class="silent">${server.seen ? ago(server.silence) : t("waiting")}</span>`}
    <//>
    <${Meter} name="cpu" value=${status.CPU} on=${server.on} />
    <${Meter} name="memory" value=${server.memory} used=${status.MemUsed} total=${host.MemTotal} on=${server.on} />
    <${Meter} name="swap" value=${server.swap} used=${status.SwapUsed} total=${host.SwapTotal} on=${server.on} />
    <${Meter} name="disk" value=${server.disk} used=${status.DiskUsed} total=${host.DiskTotal} on=${server.on} />
    <${Cell} name="load"><b>${server.on ? load(status.Load1) : "–"}</b><//>
    <${Cell} name="speed">
      <${Both}
        down=${server.on ? speed(status.NetInSpeed) : "–"}
        up=${server.on ? speed(status.NetOutSpeed) : "–"}
        words=${["download", "upload"]}
      />
    <//>
    <${Cell} name="traffic">
      <${Both}
        down=${server.seen ? bytes(status.NetInTransfer) : "–"}
        up=${server.seen ? bytes(status.NetOutTransfer) : "–"}
        words=${["received", "sent"]}
      />
    <//>
  </div>`;
}

function Cell({ name, children }) {
  return html`<div role="cell" class=${`cell ${name}`}><span class="caption">${t(name)}</span>${children}</div>`;
}

function Meter({ name, value, used, total, on }) {
  if (total === 0 || !on) {
    const words = on && name === "swap" ? t("none") : "–";
    return html`<${Cell} name=${name}><div class="meter off"><b>${words}</b><i class="bar"></i></div><//>`;
  }
  const level = value >= 90 ? "high" : value >= 75 ? "raised" : "";
  return html`<${Cell} name=${name}>
    <div class=${`meter ${level}`}>
      <b>${percent(value)}</b>
      ${total > 0 && html`<small>${bytesOf(used, total)}</small>`}
      <i class="bar"><i style=${{ transform: `scaleX(${Math.min(100, Math.max(0, value)) / 100})` }}></i></i>
    </div>
  <//>`;
}

function Both({ down, up, words }) {
  return html`<div class="both">
    <span><${Icon} name="down" /><span class="unseen">${t(words[0])} </span>${down}</span>
    <span><${Icon} name="up" /><span class="unseen">${t(words[1])} </span>${up}</span>
  </div>`;
}

const WORDS = { on: "stateOn", off: "stateOff", waiting: "stateWaiting" };

export function Dot({ state }) {
  return html`<span class=${`dot ${state}`} role="img" aria-label=${t(WORDS[state])} title=${t(WORDS[state])}></span>`;
}

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

/** Search, state, tag and order. */
export function Filters({ servers, filter, onFilter, counts }) {
  const tags = useMemo(() => tagsOf(servers), [servers]);
  const set = (changes) => onFilter({ ...filter, ...changes });
  const states = [
    ["all", t("all"), counts.all],
    ["on", t("online"), counts.on],
    ["off", t("offline"), counts.all - counts.on],
  ];
  return html`<div class="filters" role="search">
    <label class="search">
      <span class="unseen">${t("search")}</span><${Icon} name="search" />
      <input
        type="search"
        value=${filter.search}
        placeholder=${t("searchHint")}
        maxlength="200"
        onInput=${(event) => set({ search: event.target.value })}
      />
    </label>
    <div class="segments" role="group" aria-label=${t("show")}>
      ${states.map(
        ([state, words, count]) => html`<button
          type="button"
          aria-pressed=${filter.state === state}
          onClick=${() => set({ state })}
        >
          ${words} <b>${count}</b>
        </button>`,
      )}
    </div>
    <label class="pick">
      <span class="unseen">${t("tag")}</span>
      <select
        value=${filter.tag === null ? "*" : `=${filter.tag}`}
        onChange=${(event) => set({ tag: event.target.value === "*" ? null : event.target.value.slice(1) })}
      >
        <option value="*">${t("allTags")}</option>
        ${tags.map(
          ([tag, count]) =>
            html`<option value=${`=${tag}`}>${`${label(tag, t("noTag")).slice(0, 40)} (${count})`}</option>`,
        )}
      </select>
    </label>
    <label class="pick">
      <span class="unseen">${t("sortBy")}</span>
      <select value=${filter.order} onChange=${(event) => set({ order: event.target.value })}>
        ${ORDER_KEYS.map((key) => html`<option value=${key}>${t(key)}</option>`)}
      </select>
    </label>
  </div>`;
}
