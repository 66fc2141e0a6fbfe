// The ranges of a server's charts, by their names in the address.
import { beginOf } from "../charts/pings.js";

const MINUTE = 60;
const LEAST_SPAN = 900; // seconds that an axis spans at least, even if there is little history yet

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

/**
 * [from, to]: from the beginning of the range, or of the known history, to the end of the current minute, because a
 * server may report in its first second.
 */
export function spanOf(range, history, pings, now) {
  const to = (Math.floor(Math.max(history?.to ?? 0, now) / MINUTE) + 1) * MINUTE;
  const wanted = to - RANGES[range].seconds;
  const begins = [history?.at[0], pings && beginOf(pings)].filter((one) => one !== undefined && one !== null);
  const from = begins.length ? Math.max(wanted, Math.min(...begins)) : wanted;
  return [Math.min(from, to - Math.min(LEAST_SPAN, RANGES[range].seconds)), to];
}
