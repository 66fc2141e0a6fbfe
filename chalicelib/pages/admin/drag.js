// Moving a line of a list to another place, with a mouse, a finger or the keyboard.
import { useEffect, useRef, useState } from "../base/html.js";

const EDGE = 70; // pixels from an edge of the window within which a drag scrolls
const SPEED = 14; // pixels a frame

/**
 * {held, handle(place), shift(place), to}. held: the place of the line that is being moved, null for none. to: the place
 * where it would be dropped. handle(place): attributes of a line's handle. shift(place): by how many pixels a line is
 * drawn away from its own place. count: the number of lines. height: a line's height. onDrop(from, to): called once if
 * the line was dropped at another place.
 */
export function useDrag({ box, count, height, onDrop }) {
  const [state, setState] = useState(null); // {from, to, offset: pixels under a pointer, null with the keyboard}
  const newest = useRef(null);
  newest.current = { state, count, height, onDrop };
  const pointer = useRef(null); // {start, y, frame} while one is down

  const set = (next) => setState((newest.current.state = next));
  function finish(kept) {
    const { state: last, onDrop: drop } = newest.current;
    stop();
    set(null);
    if (kept && last && last.from !== last.to) drop(last.from, last.to);
  }
  function stop() {
    cancelAnimationFrame(pointer.current?.frame);
    pointer.current = null;
    for (const [name, listener] of LISTENERS) window.removeEventListener(name, listener);
  }

  function follow() {
    const { state: last, count: all, height: step } = newest.current;
    const offset = pointer.current.y + scrollY - pointer.current.start;
    const to = Math.max(0, Math.min(all - 1, last.from + Math.round(offset / step)));
    set({ ...last, to, offset: Math.max(-last.from * step, Math.min((all - 1 - last.from) * step, offset)) });
  }
  function scroll() {
    const { y } = pointer.current;
    const by = y < EDGE ? -SPEED : y > window.innerHeight - EDGE ? SPEED : 0;
    if (by) {
      scrollBy(0, by);
      follow();
    }
    pointer.current.frame = requestAnimationFrame(scroll);
  }
  function onMove(event) {
    pointer.current.y = event.clientY;
    follow();
  }
  const LISTENERS = useRef([
    ["pointermove", onMove],
    ["pointerup", () => finish(true)],
    ["pointercancel", () => finish(false)],
    ["keydown", (event) => event.key === "Escape" && finish(false)],
  ]).current;
  useEffect(() => stop, []);

  function onPointerDown(place, event) {
    if (event.button !== 0 || newest.current.count < 2) return;
    event.preventDefault(); // or text would be selected
    event.currentTarget.focus({ preventScroll: true });
    pointer.current = { start: event.clientY + scrollY, y: event.clientY, frame: 0 };
    set({ from: place, to: place, offset: 0 });
    for (const [name, listener] of LISTENERS) window.addEventListener(name, listener);
    pointer.current.frame = requestAnimationFrame(scroll);
  }

  function onKeyDown(place, event) {
    if (pointer.current) return;
    const { state: last, count: all } = newest.current;
    const lifted = last?.from === place;
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      if (lifted) finish(true);
      else set({ from: place, to: place, offset: null });
    } else if (lifted && event.key === "Escape") {
      event.preventDefault();
      finish(false);
    } else if (lifted && event.key in STEPS) {
      event.preventDefault();
      const to = Math.max(0, Math.min(all - 1, last.to + STEPS[event.key]));
      set({ ...last, to });
      keepInSight(box.current, to * height, height);
    }
  }

  const shift = (place) => {
    if (!state) return 0;
    const { from, to, offset } = state;
    if (place === from) return offset ?? (to - from) * height;
    if (place > from && place <= to) return -height;
    return place < from && place >= to ? height : 0;
  };
  const handle = (place) => ({
    onPointerDown: (event) => onPointerDown(place, event),
    onKeyDown: (event) => onKeyDown(place, event),
    onBlur: () => state && !pointer.current && finish(false),
  });
  return { held: state?.from ?? null, to: state?.to ?? null, handle, shift };
}

const STEPS = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity };

function keepInSight(box, top, height) {
  const y = box.getBoundingClientRect().top + top;
  if (y < EDGE) scrollBy(0, y - EDGE);
  else if (y + height > window.innerHeight - EDGE) scrollBy(0, y + height - window.innerHeight + EDGE);
}
