// A chart as a list of layers, for an SVG element or a canvas.
//
// A layer is {d: a path, fill or stroke: the name of a color's custom property, width, dash, opacity, fade: [y of the
// strong end, y of the weak end]} or {text, x, y, anchor, color, strong}.
import { stretches } from "./columns.js";
import { part, timeTicks } from "./scales.js";

const TOP = 10;
const FOOT = 22;
const LANE = 9;

/**
 * The geometry of a chart. spec: {at, step, from, to, series, scale, spans, lanes, lostAt, height, gutter}; width: in
 * pixels; unit: pixels in a hundredth of a rem.
 */
export function frameOf(spec, width, unit) {
  const gutter = (spec.gutter ?? 44) * unit;
  const top = TOP * unit;
  const foot = top + spec.height * unit;
  const lanes = spec.lanes?.length ? (spec.lanes.length * LANE + 12) * unit : 0;
  const share = part(spec.scale);
  return {
    unit,
    width,
    left: gutter,
    top,
    foot,
    height: foot + FOOT * unit + lanes,
    x: (time) => gutter + ((time - spec.from) / (spec.to - spec.from)) * (width - gutter),
    time: (x) => spec.from + ((x - gutter) / (width - gutter)) * (spec.to - spec.from),
    y: (value) => foot - Math.min(1, Math.max(0, share(value))) * (foot - top),
  };
}

export function layersOf(spec, frame) {
  return [
    ...spans(spec, frame),
    ...grid(spec, frame),
    ...spec.series.filter((one) => !one.hidden).flatMap((one) => drawn(one, spec, frame)),
    ...lost(spec, frame),
    ...axes(spec, frame),
    ...lanes(spec, frame),
  ];
}

const box = (x, y, width, height) => `M${f(x)} ${f(y)}h${f(width)}v${f(height)}h${f(-width)}z`;
const f = (value) => value.toFixed(1);

function grid({ scale }, { left, width, y, unit }) {
  return scale.ticks.map((tick) => {
    const base = tick === (scale.zero ?? scale.low);
    return { d: `M${f(left)} ${f(y(tick))}H${f(width)}`, stroke: base ? "rim" : "line", width: 1, dash: base ? "" : `${2 * unit} ${4 * unit}` };
  });
}

/**
 * The layers of one series: {values, color, fill: whether the area down to zero is filled, upto: values of a band above,
 * sign, dash, faint, scale: if it has its own, pause: seconds between its points if that is not the chart's step}.
 */
function drawn(series, { at, step, scale }, { x, y, unit }) {
  const sign = series.sign ?? 1;
  const zero = y(scale.zero ?? scale.low);
  const opacity = series.faint ? 0.16 : 1;
  const own = series.scale ? part(series.scale) : null;
  const height = own ? (value) => y(scale.low + own(value) * (scale.high - scale.low)) : (value) => y(sign * value);
  return stretches(at, series.values, series.pause ?? step).flatMap((run) => {
    const points = run.map(([time, value]) => [x(time), height(value)]);
    if (points.length === 1) points.push([points[0][0] + 2 * unit, points[0][1]]); // a single point would be invisible
    const line = points.map(([px, py], index) => `${index ? "L" : "M"}${f(px)} ${f(py)}`).join("");
    const found = [];
    if (series.upto) {
      const above = run.map(([time, value, index]) => [x(time), height(series.upto[index] ?? value)]).reverse();
      found.push({ d: `${line}${above.map(([px, py]) => `L${f(px)} ${f(py)}`).join("")}Z`, fill: series.color, opacity: 0.22 });
    }
    if (series.fill) {
      const ends = `L${f(points.at(-1)[0])} ${f(zero)}L${f(points[0][0])} ${f(zero)}Z`;
      const far = Math.min(...points.map(([, py]) => py));
      found.push({ d: line + ends, fill: series.color, opacity, fade: sign > 0 ? [Math.min(far, zero - 1), zero] : [Math.max(...points.map(([, py]) => py), zero + 1), zero] });
    }
    found.push({ d: line, stroke: series.color, width: 1.6 * unit, dash: series.dash ? `${4 * unit} ${3 * unit}` : "", opacity });
    return found;
  });
}

/** Times in which a rule fired: shaded, with a cap above. */
function spans({ spans: list = [], from, to }, { x, top, foot, unit }) {
  return list
    .filter((one) => one.to > from && one.from < to)
    .flatMap(({ from: begin, to: end, level }) => {
      const [left, right] = [x(Math.max(begin, from)), x(Math.min(end, to))];
      const width = Math.max(2 * unit, right - left);
      return [
        { d: box(left, top, width, foot - top), fill: `${level}-fill`, opacity: 0.13 },
        { d: box(left, top - 3 * unit, width, 3 * unit), fill: `${level}-fill`, opacity: 1 },
      ];
    });
}

/** The time since the last report: a line where it begins, and stripes up to now. */
function lost({ lostAt, lostText, from, to }, { x, top, foot, width, unit }) {
  if (!lostAt || lostAt <= from || lostAt >= to) return [];
  const left = x(lostAt);
  const found = [];
  for (let at = left - (foot - top); at < width; at += 7 * unit) {
    // A stripe at 45 degrees, clipped at the line and at the edge.
    const [x0, x1] = [Math.max(left, at), Math.min(width, at + (foot - top))];
    if (x1 > x0) found.push(`M${f(x0)} ${f(foot - (x0 - at))}L${f(x1)} ${f(foot - (x1 - at))}`);
  }
  const roomy = width - left > 80 * unit;
  return [
    { d: found.join(""), stroke: "bad-fill", width: 2 * unit, opacity: 0.2 },
    { d: `M${f(left)} ${f(top - 4 * unit)}V${f(foot)}`, stroke: "bad-fill", width: 1.5 * unit, opacity: 1 },
    ...(lostText
      ? [{ text: lostText, x: left + (roomy ? 8 : -7) * unit, y: top + 16 * unit, anchor: roomy ? "start" : "end", color: "bad", strong: true }]
      : []),
  ];
}

function axes({ scale, from, to }, { left, width, x, y, foot, unit }) {
  const beside = scale.ticks.map((tick) => ({ text: scale.text(tick), x: left - 8 * unit, y: y(tick) + 4 * unit, anchor: "end", color: "muted" }));
  const room = 58 * unit;
  const below = timeTicks(from, to, (width - left) / room)
    .map(({ at, text }) => ({ text, x: x(at), y: foot + 16 * unit, anchor: "middle", color: "muted" }))
    .filter((one) => one.x > left + 14 * unit && one.x < width - 18 * unit);
  return [...beside, ...below];
}

/** lanes: [{color, marks: [{from, to, level}]}], a thin one for each line above. */
function lanes({ lanes: list = [], lanesText }, { left, width, x, foot, unit }) {
  if (!list.length) return [];
  const first = foot + (FOOT + 8) * unit;
  const middle = first + (list.length * LANE - 3) * 0.5 * unit;
  return [
    { text: lanesText, x: left - 8 * unit, y: middle + 4 * unit, anchor: "end", color: "muted" },
    ...list.flatMap(({ color, marks }, index) => {
      const y = first + index * LANE * unit;
      return [
        { d: box(left, y, width - left, 6 * unit), fill: "track", opacity: 0.55 },
        { d: box(left, y, 4 * unit, 6 * unit), fill: color, opacity: 1 },
        ...marks.map(({ from, to, level }) => {
          const begin = Math.max(x(from), left);
          return { d: box(begin, y, Math.max(2 * unit, x(to) - begin - unit), 6 * unit), fill: `${level}-fill`, opacity: 1 };
        }),
      ];
    }),
  ];
}
