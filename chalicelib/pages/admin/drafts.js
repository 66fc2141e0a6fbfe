// Drafts: values typed into a form and not saved yet. They are kept while the person looks at other parts of the admin
// pages; the browser asks for confirmation before these pages are closed.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "../base/html.js";
import { useForm } from "../frame/form.js";

const drafts = new Map(); // by key, such as "rule 1": {values, base: what they were before, asks}
const states = new Map();
const listeners = new Set();

/**
 * A form whose edited values stay as a draft of this key until they are saved or discarded. stored: the values as the
 * dashboard has them, which the form follows wherever nothing is edited. asks(values): whether the browser shall ask
 * before it closes the page with these. options: of useForm. In addition to a form's parts: settle(values), to call with
 * values that need no draft any more because they were saved, and discard(), which returns to the stored ones.
 */
export function useKeptForm(key, stored, { asks = () => true, ...options }) {
  const text = JSON.stringify(stored);
  const initial = useMemo(() => JSON.parse(text), [text]);
  const draft = drafts.get(key);
  const form = useForm(draft ? merged(draft.values, draft.base, initial) : initial, options);
  const known = useRef({ initial, text });
  const typed = JSON.stringify(form.values);
  // At once after drawing: what was typed right before somebody leaves is kept, too.
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

/** These values where they differ from what they were before, and elsewhere the newly stored ones. */
function merged(values, base, stored) {
  const isEdited = (name) => JSON.stringify(values[name]) !== JSON.stringify(base[name]);
  const names = Object.keys({ ...stored, ...values });
  return Object.fromEntries(names.map((name) => [name, isEdited(name) ? values[name] : stored[name]]));
}

/** draft: undefined to forget it. */
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
 * Like useState, but the state of this key is still there when the person returns from another section: a dialog that
 * shows a secret, or holds a draft, is open again.
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
