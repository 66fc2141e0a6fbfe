// Drafts: values typed into an editor and not saved yet. They are kept while the person looks at other parts of the admin
// pages; the browser asks for confirmation before these pages are closed.
import { useEffect, useState } from "../base/html.js";

const drafts = new Map(); // values of forms by key, such as "rule 1"
const listeners = new Set();

export const draftOf = (key) => drafts.get(key);

/** values: undefined to forget the draft. */
export function keepDraft(key, values) {
  if (drafts.get(key) === values) return;
  if (values === undefined) drafts.delete(key);
  else drafts.set(key, values);
  for (const listener of listeners) listener();
}

/** Draws again whenever a draft appears, changes or is forgotten. Returns a function that tells whether a key has one. */
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
