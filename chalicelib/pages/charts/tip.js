// A tooltip with a chart's values, for narrow windows in which headings and legends may be out of sight.
import { html, useEffect, useLayoutEffect, useRef } from "../base/html.js";
import { unitNow } from "../base/view.js";

const GAP = 8;

/**
 * when: the moment in words. lines: [{name, color, value, more}]. chart: the plot's ref. share: where the moment is
 * between the axis and the right edge, 0 to 1. gutter: pixels before the axis. The tooltip is above the plot if there is
 * room, otherwise below, and always inside the window.
 */
export function Tip({ when, lines, chart, share, gutter }) {
  const box = useRef(null);
  const place = () => box.current && chart.current && put(box.current, chart.current.getBoundingClientRect(), share, gutter);
  useLayoutEffect(() => {
    if (!box.current.matches(":popover-open")) box.current.showPopover(); // a popover is never covered or clipped
    place();
  });
  useEffect(() => {
    window.addEventListener("scroll", place, { passive: true });
    return () => window.removeEventListener("scroll", place);
  });
  return html`<div class="tip" popover="manual" ref=${box} aria-hidden="true">
    <b>${when}</b>
    <table>
      <tbody>
        ${lines.map(
          ({ name, color, value, more }) => html`<tr key=${name}>
            <th style=${color ? { "--k": `var(--${color})` } : undefined}><bdi>${name}</bdi></th>
            <td>${value}</td>
            <td>${more}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function put(tip, plot, share, gutter) {
  const { offsetWidth: width, offsetHeight: height } = tip;
  const room = document.documentElement.clientWidth;
  const at = plot.left + gutter + share * (plot.width - gutter);
  const above = plot.top - height - GAP;
  const top = above >= GAP ? above : Math.min(plot.bottom + GAP, window.innerHeight - height - GAP);
  tip.style.left = `${Math.max(GAP, Math.min(at - width / 2, room - width - GAP))}px`;
  tip.style.top = `${Math.max(GAP, top)}px`;
}

/** Pixels before a chart's axis. */
export const gutterOf = (spec) => (spec.gutter ?? 44) * unitNow();
