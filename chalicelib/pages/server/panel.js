// A chart with its heading, which shows the newest value, or the one under the crosshair.
import { html, useEffect, useMemo, useRef, useState } from "../base/html.js";
import { indexAt } from "../charts/columns.js";
import { useCursor } from "../charts/cursor.js";
import { Plot } from "../charts/plot.js";
import { publish } from "../charts/published.js";
import { Tip, gutterOf } from "../charts/tip.js";
import { moment } from "../text/format.js";
import { t } from "../text/strings.js";

/**
 * spec: the chart's, with title, color (of the title's mark, none for a chart of several quantities), size ("third",
 * "wide"), read(index) → {value, more}: what the heading shows for a point, rest: the same if no point is selected,
 * lines(index) → [{name, color, value, more}]: what is shown beside the chart when the heading may be out of sight
 * (by default, the same as in the heading), and note. A series may have a `short` name for the legend of a small panel,
 * "" for none. children: shown beside the chart.
 */
export function Panel({ spec, cursor, onZoom, tools, children }) {
  const [drawn, keys] = useKeys(spec, !children);
  const box = useRef(null);
  useEffect(() => publish(drawn), [drawn]);
  const plot = html`<${Plot} spec=${drawn} cursor=${cursor} onZoom=${onZoom} box=${box} /><${Beside} spec=${drawn} cursor=${cursor} chart=${box} />`;
  return html`<section class=${`card panel ${spec.size ?? ""}`} aria-label=${spec.title}>
    <header>
      <h2 class=${spec.color ? "keyed" : ""} style=${spec.color ? { "--k": `var(--${spec.color})` } : undefined}>${spec.title}</h2>
      <${Reading} spec=${spec} cursor=${cursor} />
      ${keys} ${tools}
    </header>
    ${children ? html`<div class="split">${plot}${children}</div>` : plot}
  </section>`;
}

/** The chart without hidden lines, and its legend: a press hides a line, and pointing at one dims the others. */
function useKeys(spec, wanted) {
  const [off, setOff] = useState([]);
  const [over, setOver] = useState(null);
  const several = wanted && spec.series.length > 1;
  const drawn = useMemo(() => {
    if (!several || (!off.length && over === null)) return spec;
    const dims = over !== null && !off.includes(over);
    const series = spec.series.map((one) => ({ ...one, hidden: off.includes(one.name), faint: dims && one.name !== over }));
    return { ...spec, series };
  }, [spec, several, off, over]);
  const toggle = (name) => setOff(off.includes(name) ? off.filter((one) => one !== name) : [...off, name]);
  const keys =
    several &&
    html`<div class="keys" role="group" aria-label=${t("legend")}>
      ${spec.series.map(
        ({ name, short, color, dash }) => html`<button
          type="button"
          key=${name}
          class=${dash ? "dashed" : ""}
          style=${{ "--k": `var(--${color})` }}
          aria-label=${name}
          aria-pressed=${!off.includes(name)}
          title=${t("toggle", { name })}
          onClick=${() => toggle(name)}
          onPointerEnter=${() => setOver(name)}
          onPointerLeave=${() => setOver(null)}
        >
          <span>${name}</span>${short !== undefined && html`<i aria-hidden="true">${short}</i>`}
        </button>`,
      )}
    </div>`;
  return [drawn, keys];
}

const NARROW = matchMedia("(max-width: 73.75em)"); // then legends are below their charts

/** The tooltip with this chart's selected values, in narrow windows. */
function Beside({ spec, cursor, chart }) {
  const now = useCursor(cursor);
  const index = now ? indexAt(spec.at, now.at, spec.step) : -1;
  if (!NARROW.matches || now?.chart !== spec.id || index < 0) return null;
  const at = spec.at[index];
  const lines = spec.lines?.(index) ?? [{ name: spec.title, color: spec.color, ...spec.read(index) }];
  const share = Math.max(0, (at - spec.from) / (spec.to - spec.from));
  return html`<${Tip} when=${moment(at)} lines=${lines} chart=${chart} share=${share} gutter=${gutterOf(spec)} />`;
}

function Reading({ spec, cursor }) {
  const now = useCursor(cursor);
  const index = now ? indexAt(spec.at, now.at, spec.step) : -1;
  const read = useMemo(() => (index < 0 ? spec.rest : spec.read(index)), [spec, index]);
  const here = now?.chart === spec.id;
  const note = here ? moment(index < 0 ? now.at : spec.at[index]) : spec.note;
  return html`
    ${now && index < 0 ? html`<b>–</b>` : html`<b class=${now ? "read" : ""}>${read.value}${read.more && html` <small>${read.more}</small>`}</b>`}
    <small class=${here ? "here" : ""}>${note}</small>
    <span class="unseen" role="status">${now?.keys && here ? `${note}: ${read.words ?? t("noValue")}` : ""}</span>
  `;
}
