// Drafts: values that were typed into a form and not saved yet. They are kept while the person looks at other parts of
// the admin pages. The browser asks for confirmation before these pages are closed.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "../base/html.js";
import { useForm } from "../frame/form.js";

const drafts = new Map(); // by key, such as "rule 1": {values, base: the values before editing, asks}
const states = new Map();
const listeners = new Set();

/**
 * A form whose edited values are kept as the draft `key` until they are saved or discarded. stored: the dashboard's
 * values, which unedited fields follow. asks(values): whether the browser must ask before it closes the page with these
 * values. options: as for useForm. In addition to a form's parts, returns settle(values), to call with values that were
 * saved and no longer need a draft, and discard(), which returns to the stored values.
 */
export function useKeptForm(key, stored, { asks = () => true, ...options }) {
  const text = JSON.stringify(stored);
  const initial = useMemo(() => JSON.parse(text), [text]);
  const draft = drafts.get(key);
  const form = useForm(draft ? merged(draft.values, draft.base, initial) : initial, options);
  const known = useRef({ initial, text });
  const typed = JSON.stringify(form.values);
  // Runs right after drawing, so that values that were typed just before leaving are kept, too.
  useLayoutEffect(() => {
    const { text: base, initial: before } = known.current;
    if (before !== initial) {
      known.current = { initial, text };
      const wanted = typed === base ? initial : merged(form.values, JSON.parse(base), initial);
      if (JSON.stringify(wanted) !== typed) {
        form.fill(wanted);
        return;
      }
    }
    const isEdited = typed !== known.current.text;
    keepDraft(key, isEdited ? { values: form.values, base: JSON.parse(known.current.text), asks } : undefined);
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

/** The edited values, and for fields that were not edited (that equal `base`), the newly stored ones. */
function merged(values, base, stored) {
  const isEdited = (name) => JSON.stringify(values[name]) !== JSON.stringify(base[name]);
  const names = Object.keys({ ...stored, ...values });
  return Object.fromEntries(names.map((name) => [name, isEdited(name) ? values[name] : stored[name]]));
}

/** Keeps a draft. draft: undefined to forget it. */
function keepDraft(key, draft) {
  if (!draft && !drafts.has(key)) return;
  if (draft) drafts.set(key, draft);
  else drafts.delete(key);
  for (const listener of listeners) listener();
}

/** Forgets the draft of something that no longer exists. */
export const forgetDraft = (key) => keepDraft(key, undefined);

/** Whether closing the page would lose something. except: a key that does not count. */
export const isUnsaved = ({ except } = {}) => [...drafts].some(([key, { values, asks }]) => key !== except && asks(values));

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

/**
 * Like useState, but the state of this key is kept while the person visits another section: a dialog that shows a secret,
 * or contains a draft, is open again afterwards.
 */
export function useKeptState(key, initial) {
  const [state, setState] = useState(() => states.get(key) ?? initial);
  function set(value) {
    const next = typeof value === "function" ? value(states.get(key) ?? initial) : value;
    states.set(key, next);
    setState(next);
  }
  return [state, set];
}

window.addEventListener("beforeunload", (event) => {
  if (isUnsaved()) event.preventDefault();
});
