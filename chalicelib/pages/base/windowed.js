// A long list of which only the visible part is in the document.
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./html.js";

const ALL_AT_ONCE = 4000; // pixels up to which a list is in the document as a whole
const BEYOND = 400; // pixels that are drawn above and below the visible part
const STEP = 224; // pixels by which the drawn part moves: changing the document costs much more than scrolling

/** lines: all of them. heightOf(line): its fixed height in pixels. view(line, index): a node with a key. */
export function Windowed({ lines, heightOf, view, ...rest }) {
  const box = useRef(null);
  const tops = useMemo(() => {
    const found = [0];
    for (const line of lines) found.push(found.at(-1) + heightOf(line));
    return found;
  }, [lines, heightOf]);
  const whole = tops.at(-1) <= ALL_AT_ONCE;
  // At first, only what is probably visible is drawn: a list begins below other things.
  const [range, setRange] = useState(() => [0, indexAt(tops, 0.6 * window.innerHeight) + 1]);
  const look = useRef(null);

  look.current = () => {
    if (whole || !box.current) return;
    const top = Math.floor(-box.current.getBoundingClientRect().top / STEP) * STEP;
    const first = Math.max(0, indexAt(tops, top - BEYOND));
    const last = Math.min(lines.length, indexAt(tops, top + STEP + window.innerHeight + BEYOND) + 1);
    setRange((old) => (old[0] === first && old[1] === last ? old : [first, last]));
  };

  // Measuring forces a layout, so it is done only after updates that change the list's size, and first after a frame.
  const isShown = useRef(false);
  useLayoutEffect(() => {
    if (isShown.current) look.current();
  }, [whole, lines.length, tops.at(-1)]);
  useEffect(() => {
    const update = () => look.current();
    isShown.current = true;
    const first = requestAnimationFrame(update);
    window.addEventListener("scroll", update, { passive: true });
    window.addEventListener("resize", update);
    return () => {
      cancelAnimationFrame(first);
      window.removeEventListener("scroll", update);
      window.removeEventListener("resize", update);
    };
  }, []);

  const [first, last] = whole ? [0, lines.length] : range;
  return html`<div ...${rest} ref=${box}>
    <div key="above" aria-hidden="true" style=${{ height: `${tops[Math.min(first, lines.length)]}px` }}></div>
    ${lines.slice(first, last).map((line, index) => view(line, first + index))}
    <div
      key="below"
      aria-hidden="true"
      style=${{ height: `${tops[lines.length] - tops[Math.min(last, lines.length)]}px` }}
    ></div>
  </div>`;
}

/** The index of the line at this height: the last one whose top is not below it. */
function indexAt(tops, height) {
  let low = 0;
  let high = tops.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (tops[middle] <= height) low = middle;
    else high = middle - 1;
  }
  return low;
}
