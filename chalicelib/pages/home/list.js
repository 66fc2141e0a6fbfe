// The list of servers: a table with a group for each tag.
import { html, useCallback, useMemo } from "../base/html.js";
import { Windowed } from "../base/windowed.js";
import { stillFor } from "../figures/servers.js";
import { Icon } from "../frame/icons.js";
import { t } from "../text/strings.js";
import { sortByColumn } from "./filter.js";
import { linesOf, useClosed } from "./groups.js";
import { Row } from "./row.js";

const HEIGHTS = { wide: { group: 34, row: 56 }, narrow: { group: 32, row: 103 } }; // as in list.css

export function List({ servers, groups, filter, view, data }) {
  const { narrow, unit } = view;
  const [closed, toggle] = useClosed();
  const lines = useMemo(
    () => linesOf(servers, groups, filter.order, closed),
    [servers, groups, filter.order, closed],
  );
  const heightOf = useCallback(
    (line) => unit * HEIGHTS[narrow ? "narrow" : "wide"][line.group ? "group" : "row"],
    [narrow, unit],
  );
  const columns = [
    ["name"],
    data.availability && ["availability", "c-days"],
    ["cpu"],
    ["memory"],
    ["disk"],
    ["speed"],
    data.hasLatency && ["latency", "num c-lat"],
    ["uptime", "num c-up"],
  ].filter(Boolean);
  const without = `${data.availability ? "" : "without-days"} ${data.hasLatency ? "" : "without-latency"}`;
  return html`<div class=${`card list ${without} ${stillFor(servers.length)}`} role="table" aria-label=${t("servers")} aria-rowcount=${lines.length + 1} onKeyDown=${onArrow}>
    <div role="rowgroup">
      <div class="heads" role="row" aria-rowindex="1">
        ${columns.map(([key, kind]) => html`<${Head} key=${key} name=${key} kind=${kind} filter=${filter} />`)}
      </div>
    </div>
    <${Windowed}
      role="rowgroup"
      lines=${lines}
      heightOf=${heightOf}
      view=${(line, index) =>
        line.group
          ? html`<${Group} key=${`tag ${line.group.tag}`} group=${line.group} open=${line.open} onToggle=${toggle} span=${columns.length} index=${index + 2} />`
          : html`<${Row} key=${line.server.id} server=${line.server} data=${data} index=${index + 2} />`}
    />
  </div>`;
}

function Head({ name, kind = "", filter }) {
  const sorted = filter.order === name;
  // Figures are sorted from the largest, names from A.
  const descending = (name !== "name") !== filter.reverse;
  return html`<span
    class=${kind}
    role="columnheader"
    aria-sort=${sorted ? (descending ? "descending" : "ascending") : undefined}
  >
    <button type="button" onClick=${() => sortByColumn(filter, name)}>
      ${t(HEADS[name] ?? name)}${sorted && html`<${Icon} name="caret" class=${filter.reverse ? "reverse" : ""} />`}
    </button>
  </span>`;
}

const HEADS = { name: "server", availability: "last30Days" };

function Group({ group, open, onToggle, span, index }) {
  return html`<div class="group" role="row" aria-rowindex=${index}>
    <div role="rowheader" aria-colspan=${span}>
      <button type="button" aria-expanded=${open} onClick=${() => onToggle(group.tag)}>
        <${Icon} name="caret" /><bdi>${group.label || t("noTag")}</bdi>
        <small>
          ${t("onlineOf", { on: group.online, all: group.all })}
          ${group.offline > 0 && html` <span class="bad">· ${t("offlineCount", { count: group.offline })}</span>`}
        </small>
      </button>
    </div>
  </div>`;
}

/** The arrow keys move from one server to the next. */
function onArrow(event) {
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (!(event.key in steps) || event.target.closest(".heads")) return;
  const links = [...event.currentTarget.querySelectorAll(".who a, .group button")];
  const next = links[links.indexOf(event.target) + steps[event.key]];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
