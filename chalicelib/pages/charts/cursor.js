// The moment that the pointer or the keyboard selects, the same in all charts of a page.
import { useEffect, useState } from "../base/html.js";

/** {now, set(now), watch(listener)}. now: null, or {at: seconds, chart: where the pointer is, keys: whether by keyboard}. */
export function newCursor() {
  const listeners = new Set();
  const cursor = {
    now: null,
    set(now) {
      if (cursor.now?.at === now?.at && cursor.now?.chart === now?.chart) return;
      cursor.now = now;
      for (const listener of listeners) listener(now);
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return cursor;
}

/** The cursor's `now`; draws again when it changes. */
export function useCursor(cursor) {
  const [now, setNow] = useState(cursor.now);
  useEffect(() => cursor.watch(setNow), [cursor]);
  return now;
}
