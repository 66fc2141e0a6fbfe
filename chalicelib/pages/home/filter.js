// Which servers the home page shows, and how. The address contains all of it.
import { setQuery } from "../base/address.js";
import { remember, remembered } from "../base/storage.js";
import { ORDER_KEYS } from "../figures/servers.js";

const STATUSES = ["all", "online", "offline", "attention"];
const VIEWS = ["list", "cards"];

/** {words, status, tags, order, reverse, view} in a query. order: "" is the dashboard's own. */
export function filterIn(query) {
  const sort = query.get("sort") ?? "";
  const order = sort.replace(/^-/, "");
  const known = ORDER_KEYS.includes(order);
  return {
    words: (query.get("q") ?? "").slice(0, 200),
    status: oneOf(STATUSES, query.get("status")),
    tags: query.getAll("tag"),
    order: known ? order : "",
    reverse: known && sort.startsWith("-"),
    view: oneOf(VIEWS, query.get("view") ?? remembered("view")),
  };
}

const oneOf = (choices, wanted) => (choices.includes(wanted) ? wanted : choices[0]);

export const isFiltered = ({ words, status, tags }) => Boolean(words || status !== "all" || tags.length);

export const search = (words) => setQuery({ q: words || null });
export const showStatus = (status) => setQuery({ status: status === "all" ? null : status });
export const showTags = (tags) => setQuery({ tag: tags });
export const clearFilter = () => setQuery({ q: null, status: null, tag: null });

export function toggleTag(filter, tag) {
  showTags(filter.tags.includes(tag) ? filter.tags.filter((one) => one !== tag) : [...filter.tags, tag]);
}

export const sortBy = (order, reverse = false) => setQuery({ sort: order ? `${reverse ? "-" : ""}${order}` : null });

/** For a press on a column's head: sorts by it, and reverses the order on the next press. */
export const sortByColumn = (filter, key) => sortBy(key, filter.order === key && !filter.reverse);

export function showView(view) {
  remember("view", view);
  setQuery({ view });
}
