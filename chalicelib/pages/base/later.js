// Parts of the pages that are fetched when somebody first wants them.
import { makeFlag } from "./flag.js";
import { useEffect, useState } from "./html.js";

const missing = makeFlag();

/** What load() resolves to; undefined if it could not be fetched, and then a notice is shown. */
export async function fetched(load) {
  try {
    return await load();
  } catch (error) {
    console.warn(error);
    missing.set(true);
  }
}

/** Whether a part of this page could not be fetched. */
export const useMissing = missing.use;

/** The component that load() resolves to; null until then. load() is called once `wanted` is true. */
export function useLater(wanted, load) {
  const [found, setFound] = useState(null);
  useEffect(() => {
    if (wanted && !found) fetched(load).then((component) => component && setFound(() => component));
  }, [wanted]);
  return found;
}
