// Downloads of figures as CSV, and of charts as a picture.
import { frameOf, layersOf } from "./layers.js";
import { published } from "./published.js";

/** kind: "history" for the columns of /api/history, "pings" for the series of /api/ping. */
export function downloadCsv(name, kind, data, from, to) {
  const rows = kind === "history" ? historyRows(data, from, to) : pingRows(data, from, to);
  const text = rows.map((row) => row.map(quoted).join(",")).join("\r\n");
  save(new Blob([`\ufeff${text}\r\n`], { type: "text/csv" }), `${fileName(name)}-${kind}.csv`);
}

const stamp = (seconds) => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");

function historyRows(history, from, to) {
  const names = Object.keys(history).filter((name) => Array.isArray(history[name]) && name !== "at");
  const rows = history.at.flatMap((at, index) =>
    at >= from && at < to ? [[stamp(at), ...names.map((name) => history[name][index] ?? "")]] : [],
  );
  return [["time", ...names], ...rows];
}

function pingRows(series, from, to) {
  const rows = series.flatMap((one) =>
    one.minutes.flatMap((minute, index) => {
      const at = minute * 60;
      const delay = one.up[index] ? one.delays[index] : "";
      return at >= from && at < to ? [[stamp(at), one.monitor_name, delay, one.up[index], one.down[index]]] : [];
    }),
  );
  return [["time", "monitor", "latency_ms", "answered", "lost"], ...rows.sort((a, b) => (a[0] < b[0] ? -1 : 1))];
}

/** A value in CSV. Text that begins like a formula gets a quote in front, because a spreadsheet would evaluate it. */
function quoted(value) {
  const text = typeof value === "string" ? value.replace(/^[=+\-@\t\r]/, "'$&") : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const WIDTH = 960;
const MARGIN = 24;
const HEAD = 34;

/** Downloads all charts of the page below each other, in twice the screen's resolution. */
export async function downloadPicture(name) {
  const specs = published();
  const frames = specs.map((spec) => frameOf(spec, WIDTH - 2 * MARGIN, 1));
  const legend = (spec) => (spec.series.length > 1 ? 22 : 0);
  const heights = specs.map((spec, index) => HEAD + frames[index].height + legend(spec) + MARGIN);
  const canvas = document.createElement("canvas");
  canvas.width = 2 * WIDTH;
  canvas.height = 2 * (MARGIN + HEAD + heights.reduce((sum, height) => sum + height, 0));
  const context = canvas.getContext("2d");
  const color = colors();
  context.scale(2, 2);
  context.fillStyle = color("surface");
  context.fillRect(0, 0, WIDTH, canvas.height);
  write(context, color, { text: name, x: MARGIN, y: MARGIN + 10, anchor: "start", color: "ink" }, "600 20px");
  let top = MARGIN + HEAD;
  specs.forEach((spec, index) => {
    context.save();
    context.translate(MARGIN, top);
    write(context, color, { text: spec.title, x: 0, y: 14, anchor: "start", color: "muted" }, "550 13px");
    context.translate(0, HEAD - 8);
    for (const layer of layersOf(spec, frames[index])) draw(context, color, layer);
    if (legend(spec)) names(context, color, spec, frames[index]);
    context.restore();
    top += heights[index];
  });
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  save(blob, `${fileName(name)}.png`);
}

function draw(context, color, layer) {
  if (layer.text !== undefined) {
    write(context, color, layer, layer.strong ? "550 11.5px" : "400 11.5px");
    return;
  }
  const path = new Path2D(layer.d);
  context.globalAlpha = layer.opacity ?? 1;
  if (layer.stroke) {
    context.strokeStyle = color(layer.stroke);
    context.lineWidth = layer.width;
    context.lineJoin = "round";
    context.setLineDash(layer.dash ? layer.dash.split(" ").map(Number) : []);
    context.stroke(path);
    context.setLineDash([]);
  } else {
    context.fillStyle = layer.fade ? faded(context, color(layer.fill), layer.fade) : color(layer.fill);
    context.fill(path);
  }
  context.globalAlpha = 1;
}

function faded(context, color, [strong, weak]) {
  const gradient = context.createLinearGradient(0, strong, 0, weak);
  gradient.addColorStop(0, color.replace("rgb(", "rgba(").replace(")", ", 0.34)"));
  gradient.addColorStop(1, color.replace("rgb(", "rgba(").replace(")", ", 0.04)"));
  return gradient;
}

function write(context, color, { text, x, y, anchor, color: name }, font) {
  context.font = `${font} ${getComputedStyle(document.body).fontFamily}`;
  context.textAlign = { start: "left", middle: "center", end: "right" }[anchor];
  context.fillStyle = color(name);
  context.fillText(text, x, y);
}

function names(context, color, spec, frame) {
  let x = frame.left;
  for (const one of spec.series.filter((series) => !series.hidden)) {
    context.fillStyle = color(one.color);
    context.fillRect(x, frame.height + 5, 9, 9);
    write(context, color, { text: one.name, x: x + 14, y: frame.height + 13, anchor: "start", color: "ink" }, "400 12px");
    x += context.measureText(one.name).width + 34;
  }
}

/** A function that returns a color's value for a canvas, by its name, in the current theme. */
function colors() {
  const probe = document.createElement("i");
  document.body.append(probe);
  const known = new Map();
  queueMicrotask(() => probe.remove());
  return (name) => {
    if (!known.has(name)) {
      probe.style.color = `var(--${name})`;
      known.set(name, getComputedStyle(probe).color);
    }
    return known.get(name);
  };
}

const fileName = (name) => name.replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 80) || "server";

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
