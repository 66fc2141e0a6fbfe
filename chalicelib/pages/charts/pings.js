// Prepares ping series for charts. A minute in which no probe was answered has no latency.
import { stepFor } from "./columns.js";

const MINUTE = 60;
const LANE_MARKS = 96; // at most, over the whole width
const LONGEST_GAP = 2.5; // in pauses of a monitor; points further apart are not joined by a line

/**
 * {at, step, monitors: [{id, name, values, points, pause, marks, newest, mean, least, most, loss}]} from /api/ping between
 * two moments. values: milliseconds, null where no probe was answered, undefined where nothing was probed. points: {least,
 * most, loss} of each value, undefined where nothing was probed. marks: where probes were lost. smooth: whether single
 * peaks are removed from values.
 */
export function latencies(series, from, to, smooth) {
  const own = series[0]?.step ?? MINUTE;
  const step = stepFor(own, from, to);
  const first = Math.floor(from / step) * step;
  const at = Array.from({ length: Math.max(0, Math.ceil((to - first) / step)) }, (_, index) => first + index * step);
  const monitors = series.map((one) => monitor(one, { from, to, own, step, first, length: at.length, smooth }));
  return { at, step, monitors };
}

function monitor(series, span) {
  const points = pointsIn(series, span);
  const sums = sumsOf(points, span);
  const values = Array.from(sums, (sum) => (sum === undefined ? undefined : sum.up ? sum.delay / sum.up : null));
  return {
    id: series.monitor_id,
    name: series.monitor_name,
    values: span.smooth ? withoutPeaks(values) : values,
    points: Array.from(sums, (sum) => sum && { least: sum.least, most: sum.most, loss: (100 * sum.down) / (sum.up + sum.down || 1) }),
    pause: (Math.max(span.step, usualPause(points, span.own)) * LONGEST_GAP) / 1.5,
    marks: lossMarks(points, span),
    ...figures(points),
  };
}

/** The points of a series, each [time, latency, up, down, least, most]. */
function pointsIn(series, { from, to }) {
  const found = [];
  series.minutes.forEach((minute, index) => {
    const time = minute * MINUTE;
    if (time < from || time >= to) return;
    const [delay, up, down] = [series.delays[index], series.up[index], series.down[index]];
    found.push([time, delay, up, down, series.least?.[index] ?? delay, series.most?.[index] ?? delay]);
  });
  return found;
}

function sumsOf(points, { first, step, length }) {
  const sums = new Array(length);
  for (const [time, delay, up, down, least, most] of points) {
    const index = Math.floor((time - first) / step);
    const sum = (sums[index] ??= { delay: 0, up: 0, down: 0, least: null, most: null });
    if (up) {
      sum.least = Math.min(sum.least ?? least, least);
      sum.most = Math.max(sum.most ?? most, most);
    }
    sum.delay += delay * up;
    sum.up += up;
    sum.down += down;
  }
  return sums;
}

/** Replaces each value with the median of the five around it. */
function withoutPeaks(values) {
  const known = values.flatMap((value, index) => (value === undefined || value === null ? [] : [index]));
  const smoothed = [...values];
  known.forEach((index, place) => {
    const near = known.slice(Math.max(0, place - 2), place + 3).map((one) => values[one]);
    smoothed[index] = near.sort((a, b) => a - b)[Math.floor(near.length / 2)];
  });
  return smoothed;
}

function usualPause(points, own) {
  const pauses = points.slice(1).map(([time], index) => time - points[index][0]);
  return pauses.sort((a, b) => a - b)[Math.floor(pauses.length / 2)] ?? own;
}

/** When probes were lost: {from, to, level}, "bad" above a fifth of them. */
function lossMarks(points, { from, to, step }) {
  const size = Math.ceil((to - from) / LANE_MARKS / step) * step;
  const counts = new Map();
  for (const [time, , up, down] of points) {
    const bucket = Math.floor(time / size);
    const [all, lost] = counts.get(bucket) ?? [0, 0];
    counts.set(bucket, [all + up + down, lost + down]);
  }
  return [...counts]
    .filter(([, [all, lost]]) => lost > 0 && all > 0)
    .map(([bucket, [all, lost]]) => ({ from: bucket * size, to: (bucket + 1) * size, level: lost / all > 0.2 ? "bad" : "warn" }));
}

/** The figures of all probes together; null if none was answered, or if there were none. */
function figures(points) {
  const answered = points.filter(([, , up]) => up > 0);
  const sum = (list, of) => list.reduce((total, point) => total + of(point), 0);
  const up = sum(answered, (point) => point[2]);
  const down = sum(points, (point) => point[3]);
  return {
    newest: points.at(-1)?.[2] ? points.at(-1)[1] : null,
    mean: up ? sum(answered, (point) => point[1] * point[2]) / up : null,
    least: up ? Math.min(...answered.map((point) => point[4])) : null,
    most: up ? Math.max(...answered.map((point) => point[5])) : null,
    loss: up + down ? (100 * down) / (up + down) : null,
  };
}

/** The time of the first point of all series, Unix seconds; undefined if there are none. */
export const beginOf = (series) => {
  const firsts = series.filter((one) => one.minutes.length).map((one) => one.minutes[0] * MINUTE);
  return firsts.length ? Math.min(...firsts) : undefined;
};
