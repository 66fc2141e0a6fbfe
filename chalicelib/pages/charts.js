// Charts of one server's pings: delay and loss, a line a monitor.
import { html, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./html.js";
import { get } from "./api.js";
import { label, percent } from "./text/format.js";
import { useLive } from "./live.js";
import { RANGES, delays, losses, within } from "./series.js";
import { Empty } from "./site.js";
import { currentLanguage, t } from "./text/strings.js";

const COLORS = 8; // --line-0 to --line-7 in the style sheet; further lines have them again, dashed
const everyMinute = () => 60;

export function Charts({ id }) {
  const load = useCallback(async () => {
    const [series, library] = await Promise.all([get(`api/ping/${id}`), import("./vendor/uplot.js")]);
    return { series, uPlot: library.default };
  }, [id]);
  const live = useLive(load, everyMinute);
  const [range, setRange] = useState("range24");
  const [off, setOff] = useState(() => new Set());
  const until = Math.floor((live.at || Date.now()) / 60_000);
  const monitors = useMemo(
    () => within(live.data?.series ?? [], range, until).map((one, index) => ({ ...one, color: index % COLORS, dashed: index >= COLORS })),
    [live.data, range, until],
  );
  const shown = useMemo(() => monitors.filter((one) => !off.has(one.id)), [monitors, off]);

  function toggle(monitor) {
    setOff((old) => {
      const wanted = new Set(old);
      if (!wanted.delete(monitor)) wanted.add(monitor);
      return wanted;
    });
  }

  return html`<section class="pings">
    <header>
      <h3>${t("pings")}</h3>
      <div class="segments" role="group" aria-label=${t("range")}>
        ${Object.keys(RANGES).map(
          (key) =>
            html`<button type="button" aria-pressed=${key === range} onClick=${() => setRange(key)}>${t(key)}</button>`,
        )}
      </div>
    </header>
    ${live.data ? html`<${Drawn} ...${{ uPlot: live.data.uPlot, monitors, shown, off, toggle, range, until }} />` : html`<${Missing} error=${live.error} />`}
  </section>`;
}

function Missing({ error }) {
  if (!error) return html`<div class="charts"><p class="loading">${t("loading")}</p></div>`;
  return html`<${Empty} title=${t(error.status === 403 ? "pingsHidden" : "pingsFailed")} />`;
}

function Drawn({ uPlot, monitors, shown, off, toggle, range, until }) {
  const delay = useMemo(() => delays(shown, range, until), [shown, range, until]);
  const loss = useMemo(() => losses(shown, range, until), [shown, range, until]);
  if (!monitors.some((one) => one.points.length)) {
    return html`<${Empty} title=${t("noPings")} hint=${t("noPingsHint")} />`;
  }
  const common = { uPlot, monitors: shown, range, until };
  return html`<div class="charts">
      <${Chart} ...${common} title=${t("delay")} data=${delay} height=${220} />
      <${Chart} ...${common} title=${t("loss")} data=${loss} height=${110} percents />
    </div>
    <${Legend} ...${{ monitors, off, toggle }} />`;
}

function Legend({ monitors, off, toggle }) {
  const ms = (value) => (value === null ? "–" : value.toFixed(value < 100 ? 1 : 0));
  return html`<div class="scroll">
    <table class="legend">
      <thead>
        <tr>
          <th scope="col">${t("monitor")}</th>
          ${["newest", "average", "least", "most", "lossShort"].map((key) => html`<th scope="col">${t(key)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${monitors.map(
          (one) => html`<tr key=${one.id} class=${off.has(one.id) ? "off" : ""}>
            <th scope="row">
              <button
                type="button"
                aria-pressed=${!off.has(one.id)}
                title=${t("toggle", { name: label(one.name) })}
                onClick=${() => toggle(one.id)}
              >
                <i class=${`swatch line-${one.color} ${one.dashed ? "dashed" : ""}`}></i><bdi>${label(one.name)}</bdi>
              </button>
            </th>
            ${[one.newest, one.average, one.least, one.most].map((value) => html`<td>${ms(value)}</td>`)}
            <td>${one.loss === null ? "–" : percent(one.loss)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function Chart({ uPlot, monitors, range, until, title, data, height, percents }) {
  const box = useRef(null);
  const plot = useRef(null);
  const span = useRef(null);
  span.current = [(until + 1 - RANGES[range]) * 60, (until + 1) * 60];
  const theme = useTheme();
  const key = monitors.map((one) => `${one.id}:${one.name}`).join() + currentLanguage() + theme;

  useLayoutEffect(() => {
    const size = () => ({ width: box.current.clientWidth, height: box.current.clientHeight });
    const made = new uPlot(options(uPlot, monitors, colorsOf(box.current), { ...size(), percents, span }), data, box.current);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize(size()));
    watch.observe(box.current);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [key]);
  useEffect(() => {
    plot.current?.setData(data);
  }, [data]);

  return html`<figure>
    <figcaption>${title}</figcaption>
    <div ref=${box} class="plot" role="img" style=${{ height: `${height / 100}rem` }} aria-label=${t("chartOf", { title, range: t(range) })}></div>
  </figure>`;
}

function useTheme() {
  const [theme, setTheme] = useState(0);
  useEffect(() => {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const look = () => setTheme((count) => count + 1);
    dark.addEventListener("change", look);
    document.addEventListener("theme", look);
    return () => {
      dark.removeEventListener("change", look);
      document.removeEventListener("theme", look);
    };
  }, []);
  return theme;
}

/** A function that tells the colour of a name in the style sheet, in the theme in force: a canvas knows no names. */
function colorsOf(element) {
  return (name) => {
    element.style.color = `var(${name})`;
    const color = getComputedStyle(element).color;
    element.style.color = "";
    return color;
  };
}

/** percents: of losses, in steps; delays otherwise. span: a reference to the first and last second. */
function options(uPlot, monitors, color, { width, height, percents, span }) {
  const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 100;
  const axis = {
    stroke: color("--muted"),
    font: `${12 * unit}px ${getComputedStyle(document.body).fontFamily}`,
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height,
    legend: { show: false },
    padding: [8, 22, 0, 0].map((side) => side * unit),
    cursor: { y: false, drag: { setScale: false, x: false, y: false }, sync: { key: "pings", scales: ["x", null] } },
    plugins: [tip()],
    scales: {
      x: { range: () => span.current },
      y: { range: (_, __, highest) => [0, percents ? roundPercents(highest) : Math.max(1, (highest ?? 1) * 1.1)] },
    },
    axes: [
      { ...axis, size: 28 * unit, values: (_, times) => times.map(hourAndMinute), space: 64 * unit },
      { ...axis, size: 44 * unit, space: 30 * unit },
    ],
    series: [
      {},
      ...monitors.map((one) => ({
        label: label(one.name),
        stroke: color(`--line-${one.color}`),
        width: 1.5 * unit,
        dash: one.dashed ? [5, 4] : undefined,
        points: { show: (plot, index) => alone(plot.data[index]) },
        ...(percents ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
      })),
    ],
  };
}

/** How far an axis of percents goes: a loss of 1 % is to be seen, and looks like little. */
const roundPercents = (highest) => [10, 25, 50].find((bound) => (highest ?? 0) <= bound) ?? 100;

/** A line of one point would not be seen. */
const alone = (column) => column.filter((value) => value != null).length < 3;

function hourAndMinute(seconds) {
  const date = new Date(seconds * 1000);
  return `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
}

/** What the lines show under the pointer. */
function tip() {
  const box = document.createElement("div");
  box.className = "tip";
  return {
    hooks: {
      init: (plot) => plot.over.append(box),
      setCursor: (plot) => {
        const index = plot.cursor.idx;
        box.hidden = index == null || plot.cursor.left < 0;
        if (box.hidden) return;
        const entries = plot.series.slice(1).map((one, at) => entry(one, plot.data[at + 1][index]));
        const time = document.createElement("b");
        time.textContent = hourAndMinute(plot.data[0][index]);
        box.replaceChildren(time, ...entries);
        const right = plot.cursor.left > plot.over.clientWidth / 2;
        box.style.left = right ? "" : `${plot.cursor.left + 12}px`;
        box.style.right = right ? `${plot.over.clientWidth - plot.cursor.left + 12}px` : "";
      },
    },
  };
}

function entry(series, value) {
  const line = document.createElement("span");
  const name = document.createElement("bdi");
  const figure = document.createElement("b");
  name.textContent = series.label;
  name.style.color = series.stroke();
  figure.textContent = value == null ? "–" : value.toFixed(value < 100 ? 1 : 0);
  line.append(name, figure);
  return line;
}
