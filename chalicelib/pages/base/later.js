// Parts of a page that are fetched when somebody first wants them.
import { useEffect, useState } from "./html.js";

/** What load() resolves to, a component; null before that, and while nobody wanted it yet. */
export function useLater(wanted, load) {
  const [found, setFound] = useState(null);
  useEffect(() => {
    if (wanted && !found) load().then((component) => setFound(() => component));
  }, [wanted]);
  return found;
}
