// Drafts: values typed into an editor and not saved yet. They are kept while the person looks at other parts of the admin
// pages; the browser asks for confirmation before these pages are closed.
import { useEffect, useMemo, useRef, useState } from "../base/html.js";
import { useForm } from "../frame/form.js";

const drafts = new Map(); // values of forms by key, such as "rule 1"
const listeners = new Set();

/**
 * A form whose edited values stay as a draft of this key. stored: the values as the dashboard has them, which the form
 * follows while nothing is edited. options: of useForm. In addition to a form's parts: settle(values), to call with
 * values that need no draft any more because they were saved, and discard(), which returns to the stored ones.
 */
export function useKeptForm(key, stored, options) {
  const text = JSON.stringify(stored);
  const initial = useMemo(() => JSON.parse(text), [text]);
  const form = useForm(drafts.get(key) ?? initial, options);
  const known = useRef({ initial, text });
  const typed = JSON.stringify(form.values);
  useEffect(() => {
    const isEdited = typed !== known.current.text;
    if (known.current.initial !== initial) {
      known.current = { initial, text: isEdited ? known.current.text : text };
      if (!isEdited) {
        form.fill(initial);
        return;
      }
    }
    keepDraft(key, isEdited ? form.values : undefined);
  }, [typed, initial]);

  function settle(values) {
    known.current.text = JSON.stringify(values);
    keepDraft(key, undefined);
  }

  function discard() {
    settle(initial);
    form.fill(initial);
  }

  return { ...form, settle, discard };
}

/** values: undefined to forget the draft. */
function keepDraft(key, values) {
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
