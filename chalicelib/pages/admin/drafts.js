// What was typed into an editor and is not saved yet: kept while one looks at something else on these pages, and asked
// about before they are left.
import { useEffect, useState } from "../base/html.js";

const drafts = new Map(); // values of a form, by what they are about
const listeners = new Set();

export const draftOf = (key) => drafts.get(key);

/** values: undefined when they are as they are stored. */
export function keepDraft(key, values) {
  if (drafts.get(key) === values) return;
  if (values === undefined) drafts.delete(key);
  else drafts.set(key, values);
  for (const listener of listeners) listener();
}

/** Draws again whenever something is edited, or is not any more. The result says of what. */
export function useDrafts() {
  const [, redraw] = useState(0);
  useEffect(() => {
    const listener = () => redraw((count) => count + 1);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, []);
  return (key) => drafts.has(key);
}

window.addEventListener("beforeunload", (event) => {
  if (drafts.size) event.preventDefault();
});
