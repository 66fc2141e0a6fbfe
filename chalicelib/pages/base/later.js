// Parts of a page that are fetched when somebody first wants them.
import { useEffect, useState } from "./html.js";

/** The component that load() resolves to; null until then. load() is called once `wanted` is true. */
export function useLater(wanted, load) {
  const [found, setFound] = useState(null);
  useEffect(() => {
    if (wanted && !found) load().then((component) => setFound(() => component));
  }, [wanted]);
  return found;
}
