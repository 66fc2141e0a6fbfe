// Parts of the pages that are fetched when somebody first wants them.
import { useEffect, useState } from "./html.js";

const listeners = new Set();
let missing = false;

/** What load() resolves to; undefined if that could not be fetched, which a notice then says. */
export async function fetched(load) {
  try {
    return await load();
  } catch (error) {
    console.warn(error);
    missing = true;
    for (const listener of listeners) listener(missing);
  }
}

/** Whether a part of this page could not be fetched. */
export function useMissing() {
  const [shown, setShown] = useState(missing);
  useEffect(() => {
    listeners.add(setShown);
    setShown(missing);
    return () => listeners.delete(setShown);
  }, []);
  return shown;
}

/** The component that load() resolves to; null until then. load() is called once `wanted` is true. */
export function useLater(wanted, load) {
  const [found, setFound] = useState(null);
  useEffect(() => {
    if (wanted && !found) fetched(load).then((component) => component && setFound(() => component));
  }, [wanted]);
  return found;
}
