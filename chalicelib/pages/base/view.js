// The size of the window and of elements.
import { useEffect, useLayoutEffect, useMemo, useState } from "./html.js";

const NARROW = matchMedia("(max-width: 56.25em)"); // the same as in the style sheets
const ROOT = document.documentElement;

/** {narrow, unit, width, height}: whether rows of lists have two lines; pixels in a hundredth of a rem; window size. */
export function useView() {
  const [view, setView] = useState(look);
  useEffect(() => {
    const update = () => setView((old) => (same(old, look()) ? old : look()));
    window.addEventListener("resize", update);
    return () => window.removeEventListener("resize", update);
  }, []);
  return view;
}

/** Whether a media query matches; draws again when that changes. */
export function useMedia(query) {
  const list = useMemo(() => matchMedia(query), [query]);
  const [is, setIs] = useState(list.matches);
  useEffect(() => {
    const look = () => setIs(list.matches);
    list.addEventListener("change", look);
    return () => list.removeEventListener("change", look);
  }, [list]);
  return is;
}

function look() {
  return { narrow: NARROW.matches, unit: unitNow(), width: ROOT.clientWidth, height: window.innerHeight };
}

const same = (a, b) => Object.keys(a).every((key) => a[key] === b[key]);

/** How many pixels a hundredth of a rem has. */
export const unitNow = () => parseFloat(getComputedStyle(ROOT).fontSize) / 100;

/** The width of an element in pixels, 0 before it is known. */
export function useWidth(box) {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const watch = new ResizeObserver(() => setWidth(box.current.clientWidth));
    setWidth(box.current.clientWidth);
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  return width;
}
