// Data that a dashboard may not have, or may not show to everybody. Then the parts of the page that need it are left out.
import { useMemo } from "./html.js";
import { get } from "./api.js";
import { useLive } from "./live.js";

const NOT_FOR_US = [401, 403, 404];

/**
 * The result of this route, requested again after `seconds`: undefined before the first answer, null from the first
 * refusal on. path: null requests nothing, and then the result is also null. wanted: see useLive.
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
