// Small curves without axes: an hour in twelve points.
import { html, memo, useMemo } from "../base/html.js";

/** The colors that a spark may have; each has a gradient in `Fades`. */
const COLORS = ["cpu", "warn-fill", "bad-fill", "muted"];

/** The gradients under the curves, once per page. */
export function Fades() {
  return html`<svg class="fades" aria-hidden="true">
    <defs>
      ${COLORS.map(
        (color) => html`<linearGradient id=${`fade-${color}`} x1="0" y1="0" x2="0" y2="1">
          <stop stop-color=${`var(--${color})`} stop-opacity=".34" />
          <stop offset="1" stop-color=${`var(--${color})`} stop-opacity=".03" />
        </linearGradient>`,
      )}
    </defs>
  </svg>`;
}

/**
 * values: oldest first, null where nothing is known. floor: the scale reaches at least to this value, so that low values
 * look low. relief: whether the scale follows the values instead, for values of which only the changes matter.
 */
export const Spark = memo(({ values, color = "cpu", floor = 40, relief = false }) => {
  const shapes = useMemo(() => sparkShapes(values, relief ? reliefOf(values) : [0, scaleOf(values, floor)]), [values, floor, relief]);
  return html`<svg class="spark" viewBox=${`0 0 ${SPARK.w} ${SPARK.h}`} preserveAspectRatio="none" aria-hidden="true">
    ${shapes.map(
      ({ area, line }) => html`<path d=${area} fill=${`url(#fade-${color})`} />
        <path d=${line} fill="none" stroke=${`var(--${color})`} stroke-width="1.5" />`,
    )}
  </svg>`;
});

const SPARK = { w: 72, h: 26 };

function sparkShapes(values, [bottom, top]) {
  const { w, h } = SPARK;
  return shapesOf(values, w, (value) => h - ((value - bottom) / (top - bottom)) * (h - 2), h);
}

const scaleOf = (values, floor) => 1.08 * Math.max(floor, ...values.map((value) => value ?? 0));

/** The ends of a scale that centers the line, and on which changes of a few percent look small. */
function reliefOf(values) {
  const known = values.filter((value) => value !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const space = Math.max(1.5 * (most - least), 0.12 * most, 0.01);
  return [least - space, most + space / 2];
}

/** Received traffic above the middle, sent traffic below it, each on its own scale. */
export const Mirror = memo(({ received, sent }) => {
  const [above, below] = useMemo(() => [half(received, 1), half(sent, -1)], [received, sent]);
  const drawn = (shapes, color) =>
    shapes.map(
      ({ area, line }) => html`<path d=${area} fill=${`var(--${color})`} fill-opacity=".19" />
        <path d=${line} fill="none" stroke=${`var(--${color})`} stroke-width="1.4" />`,
    );
  return html`<svg class="spark" viewBox=${`0 0 ${MIRROR.w} ${MIRROR.h}`} preserveAspectRatio="none" aria-hidden="true">
    ${drawn(above, "in")}${drawn(below, "out")}
  </svg>`;
});

const MIRROR = { w: 70, h: 32 };

function half(values, sign) {
  const { w, h } = MIRROR;
  const most = Math.max(1, ...values.map((value) => value ?? 0)) * 1.05;
  const base = h / 2 - sign * 0.5;
  return shapesOf(values, w, (value) => base - sign * (value / most) * (h / 2 - 1), base);
}

/**
 * [{area, line}] for each run without a gap, as paths. Callers keep them, because rows are drawn more often than their
 * curves change. They must not keep nodes, each of which would keep the whole page that it was first drawn in in memory.
 */
const shapesOf = (values, width, y, base) =>
  runs(values, width, y).map((run) => ({ area: area(run, base), line: curve(run) }));

/** Runs of points without a gap between them, as [x, y]. */
function runs(values, width, y) {
  const found = [];
  let run = [];
  const step = width / Math.max(1, values.length - 1);
  values.forEach((value, index) => {
    if (value === null) {
      if (run.length) found.push(run);
      run = [];
    } else {
      run.push([index * step, y(value)]);
    }
  });
  if (run.length) found.push(run);
  // A single point would be invisible.
  return found.map((one) => (one.length > 1 ? one : [one[0], [one[0][0] + 1.5, one[0][1]]]));
}

/** A monotone cubic curve: smooth, and without overshooting any value. */
function curve(points) {
  const slopes = points.slice(1).map(([x, y], i) => (y - points[i][1]) / (x - points[i][0]));
  const tangents = points.map((_, i) => {
    if (i === 0) return slopes[0];
    if (i === points.length - 1) return slopes.at(-1);
    const [a, b] = [slopes[i - 1], slopes[i]];
    return a * b <= 0 ? 0 : (2 * a * b) / (a + b);
  });
  return points
    .map(([x, y], i) => {
      if (i === 0) return `M${short(x)} ${short(y)}`;
      const [x0, y0] = points[i - 1];
      const third = (x - x0) / 3;
      const controls = [x0 + third, y0 + tangents[i - 1] * third, x - third, y - tangents[i] * third, x, y];
      return `C${controls.map(short).join(" ")}`;
    })
    .join("");
}

const area = (points, base) => `${curve(points)}L${short(points.at(-1)[0])} ${base}L${short(points[0][0])} ${base}Z`;
const short = (value) => value.toFixed(1);
