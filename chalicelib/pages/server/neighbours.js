// The servers before and after one, in the order of the list, to which the arrow keys go.
import { useEffect } from "../base/html.js";
import { go } from "../base/address.js";
import { byTag } from "../figures/servers.js";

/** [before, after], each undefined if there is none. */
export function neighboursOf(server, servers) {
  const listed = byTag(servers);
  const index = listed.findIndex((one) => one.id === server?.id);
  return index < 0 ? [] : [listed[index - 1], listed[index + 1]];
}

export function useNeighbourKeys(server, servers) {
  const [before, after] = neighboursOf(server, servers);
  useEffect(() => {
    function onKey(event) {
      const writing = event.target.closest?.("input, select, textarea, dialog");
      const next = { ArrowLeft: before, ArrowRight: after }[event.key];
      if (!next || writing || event.altKey || event.ctrlKey || event.metaKey) return;
      go(`server/${next.id}${location.search}`, { replace: true });
    }
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [before?.id, after?.id]);
}
