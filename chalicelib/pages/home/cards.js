// The servers as cards, with a heading for each tag.
import { html, memo, useCallback, useMemo, useRef } from "../base/html.js";
import { useWidth } from "../base/view.js";
import { Windowed } from "../base/windowed.js";
import { Latency, Meter, Rates, Strip, ofTotal } from "../figures/marks.js";
import { planText } from "../figures/plans.js";
import { levelOf, stillFor } from "../figures/servers.js";
import { Mirror, Spark } from "../figures/sparks.js";
import { duration, exactMoment, milliseconds, percent, percentDigits, roughly } from "../text/format.js";
import { t } from "../text/strings.js";
import { linesOf } from "./groups.js";
import { Who, colorOf, meanText } from "./row.js";

const HEIGHTS = { group: 54, shelf: 260 }; // as in cards.css, with the gap below a card
const CARD = 318;
const GAP = 14;

export function Cards({ servers, groups, filter, view, data }) {
  const { unit } = view;
  const box = useRef(null);
  const width = useWidth(box);
  const columns = Math.max(1, Math.floor((width / unit + GAP) / (CARD + GAP)));
  const shelves = useMemo(() => shelvesOf(servers, groups, filter.order, columns), [servers, groups, filter.order, columns]);
  const heightOf = useCallback((shelf) => unit * (shelf.group ? HEIGHTS.group : HEIGHTS.shelf), [unit]);
  return html`<div class=${`cards ${stillFor(servers.length)}`} ref=${box}>
    <${Windowed}
      lines=${width ? shelves : []}
      heightOf=${heightOf}
      view=${(shelf) => html`<${Shelf} key=${shelf.key} shelf=${shelf} columns=${columns} data=${data} />`}
    />
  </div>`;
}

/** Rows of as many cards as fit side by side. Cards of different tags are never in the same row. */
function shelvesOf(servers, groups, order, columns) {
  const found = [];
  for (const { group, server } of linesOf(servers, groups, order, new Set())) {
    const last = found.at(-1);
    if (group) found.push({ key: `tag ${group.tag}`, group });
    else if (last?.cards && last.cards.length < columns) last.cards.push(server);
    else found.push({ key: server.id, cards: [server] });
  }
  return found;
}

function Shelf({ shelf, columns, data }) {
  if (shelf.group) {
    const { label, online, all } = shelf.group;
    return html`<h2 class="cards-group"><bdi>${label || t("noTag")}</bdi><small>${t("onlineOf", { on: online, all })}</small></h2>`;
  }
  return html`<div class="shelf" style=${{ "--columns": columns }}>
    ${shelf.cards.map((server) => html`<${Card} key=${server.id} server=${server} data=${data} />`)}
  </div>`;
}

const Card = memo(({ server, data }) => {
  const kind = { offline: "is-offline", warn: "is-warn" }[server.state] ?? "";
  const days = data.availability?.get(server.id);
  const plan = planText(server, data.now);
  return html`<article class=${`card server ${kind}`}>
    <header>
      <${Who} server=${server} />
      ${server.online && html`<small>${t("upFor", { time: roughly(server.status.Uptime) })}</small>`}
    </header>
    ${server.online ? html`<${Figures} server=${server} data=${data} />` : html`<${Lost} server=${server} />`}
    ${(days || plan) &&
    html`<footer>
      ${days && html`<${Strip} days=${days} /><span>${meanText(days)}</span>`}
      ${plan && html`<span class=${`push ${plan.level}`}>${plan.words}</span>`}
    </footer>`}
  </article>`;
});

function Figures({ server, data }) {
  const { host, status, cpu, memory, disk } = server;
  const spark = data.spark?.get(server.id);
  return html`<div class="trio">
      <${Figure} name="cpu" value=${cpu}>
        ${spark
          ? html`<${Spark} values=${spark.cpu} color=${colorOf(cpu)} />`
          : html`<${Meter} value=${cpu} kind="cpu" /><small>${server.cores ? t("coresOf", { count: server.cores }) : ""}</small>`}
      <//>
      <${Figure} name="memory" value=${memory}>
        <${Meter} value=${memory} kind="memory" /><small>${ofTotal(status.MemUsed, host.MemTotal)}</small>
      <//>
      <${Figure} name="disk" value=${disk}>
        <${Meter} value=${disk} kind="disk" /><small>${ofTotal(status.DiskUsed, host.DiskTotal)}</small>
      <//>
    </div>
    <div class="flow">
      <div><${Rates} received=${status.NetInSpeed} sent=${status.NetOutSpeed} /></div>
      ${spark ? html`<${Mirror} received=${spark.in} sent=${spark.out} />` : html`<span class="push"></span>`}
      ${data.hasLatency && html`<div><${Latency} server=${server} show=${milliseconds} /></div>`}
    </div>`;
}

function Figure({ name, value, children }) {
  return html`<div>
    <span class="label">${t(name)}</span>
    <b class=${levelOf(value)}>${percentDigits(value)}<i>%</i></b>
    ${children}
  </div>`;
}

function Lost({ server }) {
  if (!server.seen) return html`<div class="lost"><small>${t("waiting")}</small></div>`;
  const { cpu, memory, disk } = server;
  return html`<div class="lost">
    <b>${t("offlineFor", { time: duration(server.silence) })}</b>
    <small>${t("lastReport", { time: exactMoment(server.last_active) })}</small>
    <small>${t("lastKnown", { cpu: percent(cpu), memory: percent(memory), disk: percent(disk) })}</small>
  </div>`;
}
