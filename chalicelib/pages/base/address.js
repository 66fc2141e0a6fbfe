// The current address. It alone determines which page is shown, about what, and how it is filtered.
import { ROOT } from "./api.js";
import { useEffect, useState } from "./html.js";

/** The address of one of the dashboard's paths, such as "server/12?range=7d", under whatever prefix it runs. */
export const href = (path) => ROOT.href + path;

/** {path, query}: the path under the dashboard's root without a slash at its ends, and the URLSearchParams. */
export function here() {
  const path = decodeURI(location.pathname).slice(decodeURI(ROOT.pathname).length);
  return { path: path.replace(/^\/|\/$/g, ""), query: new URLSearchParams(location.search) };
}

const moved = new EventTarget();

/** Like `here`; draws again whenever the address changes. */
export function useAddress() {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const look = () => setPlace(here());
    moved.addEventListener("moved", look);
    window.addEventListener("popstate", look);
    return () => {
      moved.removeEventListener("moved", look);
      window.removeEventListener("popstate", look);
    };
  }, []);
  return place;
}

/**
 * Goes to another page of the same document. Going back restores the scroll position of this one. replace: whether the
 * other page replaces this one in the history, so that going back leads to the page before it.
 */
export function go(path, { replace = false } = {}) {
  if (replace) {
    history.replaceState({ ...history.state, scroll: 0 }, "", href(path));
  } else {
    keepScroll();
    history.pushState({ from: location.href }, "", href(path));
  }
  moved.dispatchEvent(new Event("moved"));
  scrollTo(0, 0);
}

/** Changes the query without a new entry in the history: null removes a name, an array repeats it. */
export function setQuery(changes) {
  const { query } = here();
  for (const [name, value] of Object.entries(changes)) {
    query.delete(name);
    for (const one of [value ?? []].flat()) query.append(name, one);
  }
  const text = query.toString().replace(/=(?=&|$)/g, "");
  history.replaceState(history.state, "", location.pathname + (text && `?${text}`));
  moved.dispatchEvent(new Event("moved"));
}

/**
 * Goes to another place on this page, by its fragment. Going from one item of a list to the next does not add an entry to
 * the history, so that going back leads out of the list.
 */
export function toHash(fragment, { replace = Boolean(history.state?.inside) } = {}) {
  const state = replace ? history.state : { inside: true };
  history[replace ? "replaceState" : "pushState"](state, "", `#${fragment}`);
  window.dispatchEvent(new Event("hashchange"));
}

/** Goes back to where `toHash` was first called. If this place was opened by its address, goes to the fragment instead. */
export function leaveHash(fragment) {
  if (history.state?.inside) history.back();
  else toHash(fragment, { replace: true });
}

/** Whether a click on a link is a plain one, which does not open a new tab, for example. */
export const isPlainClick = (event) =>
  event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);

/**
 * Makes links between pages of this document work without reloading it. isPage(path): whether a path is such a page. A
 * link to the page that the visitor came from goes back, so that the history does not grow. A link with data-step
 * replaces the current page.
 */
export function followLinks(isPage) {
  history.scrollRestoration = "manual";
  window.addEventListener("pagehide", keepScroll);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || !isPlainClick(event) || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
    const url = new URL(link.href);
    const path = url.pathname.slice(ROOT.pathname.length);
    if (url.origin !== ROOT.origin || !url.pathname.startsWith(ROOT.pathname) || url.hash || !isPage(path)) return;
    event.preventDefault();
    if (history.state?.from === url.href) history.back();
    else go(path + url.search, { replace: "step" in link.dataset });
  });
}

/** Restores the scroll position of this entry of the history, once there is something to scroll (`there`). */
export function useScrollBack(there) {
  useEffect(() => {
    if (there && history.state?.scroll) scrollTo(0, history.state.scroll);
  }, [there]);
}

function keepScroll() {
  history.replaceState({ ...history.state, scroll: scrollY }, "");
}
