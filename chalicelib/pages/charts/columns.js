// Prepares columns of figures over time, from /api/history, for charts.

/** Seconds between two points of a chart, from fine to coarse. */
const STEPS = [60, 120, 180, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];
const MOST_POINTS = 400;

const MINUTE = 60;

/** How far apart two points may be, in steps, to be joined by a line. */
const GAP = 1.5;

const SUMS = new Set(["samples", "net_in", "net_out"]);
const isMaximum = (name) => name.endsWith("_max");

/** Seconds per point: at least the figures' own step, and long enough for at most MOST_POINTS from `from` to `to`. */
export function stepFor(step, from, to) {
  return STEPS.find((one) => one >= step && one % step === 0 && (to - from) / one <= MOST_POINTS) ?? STEPS.at(-1);
}

/**
 * The columns of /api/history between two moments, with as many points as a chart can show. Counts are summed, columns
 * ending in `_max` are maxima, and all others are means weighted by samples. most: for the latter, the highest figure of
 * each point, by name. averaged: whether the figures were means over more than a minute to begin with. covered: the
 * seconds of each point for which there can be figures; a day that is not over has fewer. A moment without figures has no
 * point, and a figure that was not measured is null.
 */
export function condensed(history, from, to) {
  const step = stepFor(history.step, from, to);
  const names = Object.keys(history).filter((name) => Array.isArray(history[name]) && name !== "at");
  const means = names.filter((name) => !SUMS.has(name) && !isMaximum(name));
  const empty = (list) => Object.fromEntries(list.map((name) => [name, []]));
  const ends = history.to ?? Infinity;
  const found = { step, averaged: history.step > MINUTE, at: [], covered: [], ...empty(names), most: empty(means) };
  let first = history.at.findIndex((at) => at >= from);
  while (first >= 0 && first < history.at.length && history.at[first] < to) {
    const bucket = Math.floor(history.at[first] / step);
    let end = first + 1;
    while (end < history.at.length && Math.floor(history.at[end] / step) === bucket && history.at[end] < to) end += 1;
    found.at.push(bucket * step);
    found.covered.push(sumOf(history.at.slice(first, end), (at) => Math.min(history.step, Math.max(60, ends - at))));
    for (const name of names) {
      const { value, most } = merged(name, history, first, end);
      found[name].push(value);
      found.most[name]?.push(most);
    }
    first = end;
  }
  return found;
}

const sumOf = (values, of) => values.reduce((sum, value) => sum + of(value), 0);

function merged(name, history, first, end) {
  let [sum, weights, most] = [0, 0, null];
  for (let index = first; index < end; index += 1) {
    const value = history[name][index];
    if (value === null || value === undefined) continue;
    const weight = history.samples?.[index] || 1;
    sum += SUMS.has(name) ? value : value * weight;
    weights += weight;
    most = most === null ? value : Math.max(most, value);
  }
  if (!weights) return { value: null, most: null };
  return { value: SUMS.has(name) ? sum : isMaximum(name) ? most : sum / weights, most };
}

/** Bytes per second from bytes. covered: seconds, as in `condensed`; the newest point may have begun a moment ago. */
export const perSecond = (bytes, covered) => bytes.map((value, index) => (value === null ? null : value / covered[index]));

/** {mean, most, last} of the values that were measured; null if there are none. */
export function summaryOf(values) {
  const known = values.filter((value) => value !== null);
  if (!known.length) return { mean: null, most: null, last: null };
  return { mean: known.reduce((sum, value) => sum + value, 0) / known.length, most: Math.max(...known), last: known.at(-1) };
}

/** Days until a quantity that grows steadily reaches `total`; null if it does not grow, or if that is years away. */
export function daysUntil(total, at, values) {
  const known = at.map((time, index) => [time, values[index]]).filter(([, value]) => value !== null);
  if (known.length < 24 || known.at(-1)[0] - known[0][0] < 6 * 3600) return null;
  const mean = (of) => known.reduce((sum, point) => sum + of(point), 0) / known.length;
  const [x, y] = [mean(([time]) => time), mean(([, value]) => value)];
  const slope = mean(([time, value]) => (time - x) * (value - y)) / mean(([time]) => (time - x) ** 2);
  const days = (total - known.at(-1)[1]) / slope / 86_400;
  return slope > 0 && days < 730 ? Math.round(days) : null;
}

/** The index of the point nearest to a moment; -1 if none is near. */
export function indexAt(at, moment, step) {
  let [low, high] = [0, at.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (at[middle] <= moment) low = middle;
    else high = middle - 1;
  }
  if (low < at.length - 1 && at[low + 1] - moment < moment - at[low]) low += 1;
  return at.length && Math.abs(at[low] - moment) <= GAP * step ? low : -1;
}

/** Runs of points that a line joins, each [[time, value, index], …]. A null value breaks a line, undefined does not. */
export function stretches(at, values, step) {
  const found = [];
  let run = [];
  values.forEach((value, index) => {
    if (value === undefined) return;
    const broken = value === null || (run.length && at[index] - run.at(-1)[0] > GAP * step);
    if (broken && run.length) {
      found.push(run);
      run = [];
    }
    if (value !== null) run.push([at[index], value, index]);
  });
  if (run.length) found.push(run);
  return found;
}
