// A chart with its heading, which shows the newest value, or the one under the crosshair.
import { html, useEffect, useMemo } from "../base/html.js";
import { indexAt } from "../charts/columns.js";
import { useCursor } from "../charts/cursor.js";
import { publish } from "../charts/download.js";
import { Plot } from "../charts/plot.js";
import { moment } from "../text/format.js";
import { t } from "../text/strings.js";

/**
 * spec: of the chart, with title, color (of the title's mark, none for a chart of several quantities), size ("third",
 * "wide"), read(index) → {value, more}: what the heading shows of a point, rest: the same where nothing is pointed at,
 * and note. children: beside the chart.
 */
export function Panel({ spec, cursor, onZoom, tools, children }) {
  useEffect(() => publish(spec), [spec]);
  const plot = html`<${Plot} spec=${spec} cursor=${cursor} onZoom=${onZoom} />`;
  return html`<section class=${`card panel ${spec.size ?? ""}`} aria-label=${spec.title}>
    <header>
      <h2 class=${spec.color ? "keyed" : ""} style=${spec.color ? { "--k": `var(--${spec.color})` } : undefined}>${spec.title}</h2>
      <${Reading} spec=${spec} cursor=${cursor} />
      ${tools}
    </header>
    ${children ? html`<div class="split">${plot}${children}</div>` : plot}
  </section>`;
}

function Reading({ spec, cursor }) {
  const now = useCursor(cursor);
  const index = now ? indexAt(spec.at, now.at, spec.step) : -1;
  const read = useMemo(() => (index < 0 ? spec.rest : spec.read(index)), [spec, index]);
  const here = now?.chart === spec.id;
  const note = here ? moment(index < 0 ? now.at : spec.at[index]) : spec.note;
  return html`
    ${now && index < 0 ? html`<b>–</b>` : html`<b>${read.value}${read.more && html` <small>${read.more}</small>`}</b>`}
    <small>${note}</small>
    <span class="unseen" role="status">${now?.keys && here ? `${note}: ${read.words ?? t("noValue")}` : ""}</span>
  `;
}
