// Latency and packet loss of one server, one line per monitor.
import { html, useMemo, useState } from "../base/html.js";
import { setQuery } from "../base/address.js";
import { indexAt } from "../charts/columns.js";
import { useCursor } from "../charts/cursor.js";
import { latencies } from "../charts/pings.js";
import { logarithmic, upTo } from "../charts/scales.js";
import { Empty, NotLoaded } from "../frame/notices.js";
import { hourAndMinute, label, lossOf, milliseconds, three } from "../text/format.js";
import { currentLanguage, t } from "../text/strings.js";
import { Panel } from "./panel.js";

const COLORS = 8; // --m-1 to --m-8; further lines use them again, dashed
const SCALES = { log: "scaleLog", shared: "scaleShared", own: "scaleOwn" };
const APART = 8; // the scale is logarithmic if the slowest takes this many times as long as the fastest

export function Latency({ server, live, from, to, cursor, onZoom, query }) {
  const [off, setOff] = useState(() => new Set());
  const [over, setOver] = useState(null);
  const smooth = query.has("smooth");
  const found = useMemo(() => latencies(live.data ?? [], from, to, smooth), [live.data, from, to, smooth]);
  const scale = scaleIn(query, found.monitors);
  const spec = useMemo(
    () => specOf({ server, found, from, to, scale, off, over }),
    [server.state, server.last_active * (server.state === "offline"), found, from, to, scale, off, over, currentLanguage()],
  );
  if (!live.data) return html`<${Missing} live=${live} />`;
  if (!found.monitors.some((one) => one.values.some((value) => value !== undefined))) {
    return html`<section class="card panel wide"><h2>${t("latencyAndLoss")}</h2><${Empty} title=${t("noPings")} hint=${t("noPingsHint")} /></section>`;
  }

  function toggle(id) {
    const wanted = new Set(off);
    if (!wanted.delete(id)) wanted.add(id);
    setOff(wanted);
  }

  return html`<${Panel} spec=${spec} cursor=${cursor} onZoom=${onZoom} tools=${html`<${Tools} scale=${scale} smooth=${smooth} />`}>
    <${Legend} ...${{ found, spec, off, toggle, setOver, cursor }} />
  <//>`;
}

function Missing({ live }) {
  return html`<section class="card panel wide">
    <h2>${t("latencyAndLoss")}</h2>
    ${live.error ? html`<${NotLoaded} title=${t("pingsFailed")} live=${live} />` : html`<p class="loading">${t("loading")}</p>`}
  </section>`;
}

function scaleIn(query, monitors) {
  if (query.get("scale") in SCALES) return query.get("scale");
  const means = monitors.map((one) => one.mean).filter((mean) => mean > 0);
  return means.length > 1 && Math.max(...means) >= APART * Math.min(...means) ? "log" : "shared";
}

function Tools({ scale, smooth }) {
  return html`<div class="tools-of">
    <button class="chip" type="button" aria-pressed=${smooth} title=${t("smoothHint")} onClick=${() => setQuery({ smooth: smooth ? null : "" })}>
      ${t("smooth")}
    </button>
    <div class="seg" role="group" aria-label=${t("scale")}>
      ${Object.entries(SCALES).map(
        ([name, words]) => html`<button type="button" aria-pressed=${scale === name} onClick=${() => setQuery({ scale: name })}>${t(words)}</button>`,
      )}
    </div>
  </div>`;
}

function specOf({ server, found, from, to, scale, off, over }) {
  const shown = found.monitors.filter((one) => !off.has(one.id));
  const known = shown.flatMap((one) => one.values.filter((value) => value > 0));
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const drawn = found.monitors.map((one, index) => ({
    id: one.id,
    name: label(one.name),
    values: one.values,
    pause: one.pause,
    color: `m-${(index % COLORS) + 1}`,
    dash: index >= COLORS,
    hidden: off.has(one.id),
    faint: over !== null && !off.has(over) && over !== one.id,
    ...(scale === "own" ? { scale: ownScale(one.values) } : {}),
  }));
  return {
    id: "latency",
    size: "wide",
    title: t("latencyAndLoss"),
    label: t("chartOf", { title: t("latencyAndLoss") }),
    at: found.at,
    step: found.step,
    from,
    to,
    height: 216,
    gutter: 44,
    series: drawn,
    scale: scale === "own" ? OWN : !known.length ? upTo(1) : scale === "log" ? logarithmic(least, most) : upTo(most, { least }),
    lanes: drawn.filter((one) => !one.hidden).map((one) => ({ color: one.color, marks: found.monitors.find(({ id }) => id === one.id).marks })),
    lanesText: t("lossShort"),
    lostAt: server.state === "offline" ? server.last_active : null,
    rest: { value: "" },
    lines: (index) => drawn.filter((one) => !one.hidden).map((one) => ({ name: one.name, color: one.color, ...readOf(one, found, index) })),
    read: (index) => ({
      value: "",
      words: drawn.filter((one) => !one.hidden).map((one) => `${one.name} ${said(one.values[index])}`).join(", "),
    }),
    note: scale === "own" ? t("scaleOwnNote") : t("unitMs"),
  };
}

const OWN = { low: 0, high: 1, ticks: [0, 0.5, 1], text: () => "" };

function ownScale(values) {
  const known = values.filter((value) => value !== null && value !== undefined);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const room = (high - low) * 0.08 || 1;
  return { low: low - room, high: high + room };
}

/** A monitor's values at one moment: {value, more}. */
function readOf({ id, values }, found, index) {
  const point = found.monitors.find((one) => one.id === id).points[index];
  const between = point?.least !== null && point?.least < point?.most && `${three(point.least)}–${three(point.most)} ms`;
  const lost = point?.loss > 0 && `${t("lossShort")} ${lossOf(point.loss)}`;
  return { value: values[index] === undefined ? "–" : said(values[index]), more: [between, lost].filter(Boolean).join(", ") };
}

const said = (value) => (value === undefined || value === null ? t("noAnswerShort") : milliseconds(value));

/**
 * The monitors and their figures. A press hides a line, and pointing at one dims the others. While a moment is selected,
 * Min, Max and Loss are those of that moment.
 */
function Legend({ found, spec, off, toggle, setOver, cursor }) {
  const now = useCursor(cursor);
  const index = now ? indexAt(spec.at, now.at, spec.step) : -1;
  const cell = (value) => (value === null || value === undefined ? "–" : three(value));
  const near = (values) => {
    for (let back = 0; back < 3; back += 1) if (values[index - back] !== undefined) return values[index - back];
    return undefined;
  };
  return html`<div class="legend-box">
    <table class="legend">
      <thead>
        <tr>
          <th scope="col">${t("monitor")}</th>
          <th scope="col">${index < 0 ? t("newest") : hourAndMinute(spec.at[index])}</th>
          ${["average", "least", "most", "lossShort"].map((key) => html`<th scope="col">${t(key)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${found.monitors.map((one, place) => {
          const series = spec.series[place];
          const told = index < 0 ? one : (near(one.points) ?? {});
          return html`<tr key=${one.id} onPointerEnter=${() => setOver(one.id)} onPointerLeave=${() => setOver(null)}>
            <th scope="row">
              <button type="button" aria-pressed=${!off.has(one.id)} class=${series.dash ? "dashed" : ""} style=${{ "--k": `var(--${series.color})` }} onClick=${() => toggle(one.id)} title=${t("toggle", { name: series.name })}>
                <bdi>${series.name}</bdi>
              </button>
            </th>
            <td>${index < 0 ? cell(one.newest) : cell(near(one.values))}</td>
            <td>${cell(one.mean)}</td>
            <td class="opt">${cell(told.least)}</td>
            <td>${cell(told.most)}</td>
            <td class=${told.loss > 20 ? "bad" : told.loss > 1 ? "warn" : ""}>${told.loss === null || told.loss === undefined ? "–" : lossOf(told.loss)}</td>
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}
