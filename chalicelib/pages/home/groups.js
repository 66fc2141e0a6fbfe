// Groups of servers by tag, which can be collapsed; the browser remembers which are.
import { useCallback, useState } from "../base/html.js";
import { remember, remembered } from "../base/storage.js";

/** The tags whose groups are closed, and a function that opens or closes one. */
export function useClosed() {
  const [closed, setClosed] = useState(read);
  const toggle = useCallback((tag) => {
    const wanted = read();
    if (!wanted.delete(tag)) wanted.add(tag);
    remember("closed", wanted.size ? JSON.stringify([...wanted]) : null);
    setClosed(wanted);
  }, []);
  return [closed, toggle];
}

function read() {
  try {
    return new Set([JSON.parse(remembered("closed") ?? "[]")].flat());
  } catch {
    return new Set();
  }
}

/** The lines of the list: {server}, and in the dashboard's own order also {group, open} before the servers of each tag. */
export function linesOf(servers, groups, order, closed) {
  if (order || groups.length < 2) return servers.map((server) => ({ server }));
  const members = Map.groupBy(servers, (server) => server.tag);
  return groups
    .filter((group) => members.has(group.tag))
    .flatMap((group) => {
      const open = !closed.has(group.tag);
      return [{ group, open }, ...(open ? members.get(group.tag).map((server) => ({ server })) : [])];
    });
}
