// The ranges of a server's charts, by their names in the address.

/** seconds: the length. pause: seconds between two requests for new data. words: the key of the name. */
const ALL = {
  "1h": { seconds: 3600, pause: 60, words: "range1h" },
  "6h": { seconds: 6 * 3600, pause: 60, words: "range6h" },
  "24h": { seconds: 24 * 3600, pause: 60, words: "range24h" },
  "7d": { seconds: 7 * 86_400, pause: 300, words: "range7d" },
  "30d": { seconds: 30 * 86_400, pause: 600, words: "range30d" },
  "1y": { seconds: 365 * 86_400, pause: 600, words: "range1y" },
};
const USUAL = "24h";

/** The ranges that this dashboard has history for. */
export const RANGES = Object.fromEntries(
  document.documentElement.dataset.ranges.split(" ").filter((name) => Object.hasOwn(ALL, name)).map((name) => [name, ALL[name]]),
);

export const rangeIn = (query) => (Object.hasOwn(RANGES, query.get("range") ?? "") ? query.get("range") : USUAL);

/** The changes to the query that select a range. The usual range needs no parameter. */
export const rangeQuery = (range) => ({ range: range === USUAL ? null : range, from: null, to: null });

/** [from, to] in Unix seconds if a part of the range was selected, otherwise undefined. */
export function zoomIn(query) {
  const [from, to] = [Number(query.get("from")), Number(query.get("to"))];
  return from > 0 && to > from ? [from, to] : undefined;
}
