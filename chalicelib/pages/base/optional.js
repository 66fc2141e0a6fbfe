// Data that a dashboard may not have, or not show to everybody. Then the parts of the page that need it are left out.
import { useMemo } from "./html.js";
import { get } from "./api.js";
import { useLive } from "./live.js";

const NOT_FOR_US = [401, 403, 404];

/**
 * The result of this route, requested again every so many seconds: undefined before the first answer, null forever once
 * it refuses. path: null requests nothing; the result is then null, too. wanted: see useLive.
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
