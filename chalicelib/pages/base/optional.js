// Data that a dashboard may not have, or not show to everybody. Then the parts of the page that need it are left out.
import { useMemo } from "./html.js";
import { get } from "./api.js";
import { useLive } from "./live.js";

const NOT_FOR_US = [401, 403, 404];

/**
 * What this route answers, asked for again every so many seconds: undefined until it does, null for good once it
 * refuses. path: null asks for nothing, and is refused. wanted: as of useLive.
 */
export function useOptional(path, seconds, wanted) {
  const load = useMemo(() => loader(path), [path]);
  const { data, at } = useLive(load, () => seconds, wanted);
  return at ? data : undefined;
}

function loader(path) {
  let refused = !path;
  return async () => {
    if (refused) return null;
    try {
      return await get(path);
    } catch (error) {
      if (!NOT_FOR_US.includes(error.status)) throw error;
      refused = true;
      return null;
    }
  };
}
