// Flags: booleans that views follow.
import { useEffect, useState } from "./html.js";

/** A flag, false at first. set(value) redraws the views that follow it. In a view, use() returns its value. */
export function makeFlag() {
  const listeners = new Set();
  let current = false;

  function set(value) {
    current = value;
    for (const listener of listeners) listener(value);
  }

  function use() {
    const [shown, setShown] = useState(current);
    useEffect(() => {
      listeners.add(setShown);
      setShown(current);
      return () => listeners.delete(setShown);
    }, []);
    return shown;
  }

  return { set, use };
}
