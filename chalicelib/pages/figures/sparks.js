// Small curves without axes: an hour in twelve points.
import { html, useMemo } from "../base/html.js";

/** The colours that a spark may have; each has a gradient in `Fades`. */
const COLORS = ["cpu", "warn-fill", "bad-fill", "muted"];

/** The gradients under the curves, once a page. */
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
 * values: oldest first, null where nothing is known. floor: the scale reaches at least to it, so that little looks like
 * little. room: how far it reaches beyond the highest value. Rows are drawn anew more often than their curves change.
 */
export function Spark({ values, color = "cpu", floor = 40, room = 1.08 }) {
  return useMemo(() => spark(values, color, floor, room), [values, color, floor, room]);
}

function spark(values, color, floor, room) {
  const [w, h] = [72, 26];
  const most = Math.max(floor, ...values.map((value) => value ?? 0)) * room;
  return html`<svg class="spark" viewBox=${`0 0 ${w} ${h}`} preserveAspectRatio="none" aria-hidden="true">
    ${runs(values, w, (value) => h - (value / most) * (h - 2)).map(
      (run) => html`<path d=${area(run, h)} fill=${`url(#fade-${color})`} />
        <path d=${curve(run)} fill="none" stroke=${`var(--${color})`} stroke-width="1.5" />`,
    )}
  </svg>`;
}

/** Received above the middle, sent below it, each on a scale of its own. */
export function Mirror({ received, sent }) {
  return useMemo(() => mirror(received, sent), [received, sent]);
}

function mirror(received, sent) {
  const [w, h] = [70, 32];
  const middle = h / 2;
  const half = (values, color, sign) => {
    const most = Math.max(1, ...values.map((value) => value ?? 0)) * 1.05;
    const base = middle - sign * 0.5;
    return runs(values, w, (value) => base - sign * (value / most) * (middle - 1)).map(
      (run) => html`<path d=${area(run, base)} fill=${`var(--${color})`} fill-opacity=".19" />
        <path d=${curve(run)} fill="none" stroke=${`var(--${color})`} stroke-width="1.4" />`,
    );
  };
  return html`<svg class="spark" viewBox=${`0 0 ${w} ${h}`} preserveAspectRatio="none" aria-hidden="true">
    ${half(received, "in", 1)}${half(sent, "out", -1)}
  </svg>`;
}

/** Points without a gap between them, as [x, y]. */
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
  // A single point would not be seen.
  return found.map((one) => (one.length > 1 ? one : [one[0], [one[0][0] + 1.5, one[0][1]]]));
}

/** A monotone cubic curve: smooth, and never beyond a value. */
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
