// Ping series, made ready for charts. A minute in which no probe was answered has no delay.

export const RANGES = { range24: 24 * 60, range6: 6 * 60, range1: 60 };
const BUCKETS = { range24: 15, range6: 5, range1: 1 };
const LONGEST_GAP = 2.5; // pauses of a monitor; what is further apart is not joined by a line

/**
 * One entry a monitor: its points [minute, delay, up, down] of the last `range` before `until` (minutes since 1970),
 * and figures.
 */
export function within(series, range, until) {
  const since = until - RANGES[range];
  return series.map((one) => {
    const points = [];
    one.minutes.forEach((minute, index) => {
      if (minute > since && minute <= until) {
        points.push([minute, one.delays[index], one.up[index], one.down[index]]);
      }
    });
    return { id: one.monitor_id, name: one.monitor_name, points, ...figures(points) };
  });
}

/** What all probes together say; null where none was answered, or none made. */
function figures(points) {
  const answered = points.filter(([, , up]) => up > 0);
  const delays = answered.map(([, delay]) => delay);
  const up = sum(answered, ([, , count]) => count);
  const down = sum(points, ([, , , count]) => count);
  return {
    newest: points.at(-1)?.[2] ? points.at(-1)[1] : null,
    average: up ? sum(answered, ([, delay, count]) => delay * count) / up : null,
    least: up ? Math.min(...delays) : null,
    most: up ? Math.max(...delays) : null,
    loss: points.length ? (100 * down) / (up + down) : null,
  };
}

const sum = (points, of) => points.reduce((total, point) => total + of(point), 0);

/** uPlot's data of delays: null breaks a line, undefined does not. */
export function delays(monitors, range, until) {
  const since = until - RANGES[range];
  const minutes = Array.from({ length: RANGES[range] }, (_, index) => since + 1 + index);
  const columns = monitors.map(({ points }) => {
    const column = new Array(minutes.length);
    const pause = usualPause(points);
    points.forEach(([minute, delay, up], index) => {
      column[minute - since - 1] = up ? delay : null;
      const before = points[index - 1]?.[0];
      if (before !== undefined && minute - before > pause * LONGEST_GAP) column[minute - since - 2] ??= null;
    });
    return column;
  });
  return [minutes.map((minute) => minute * 60), ...columns];
}

function usualPause(points) {
  const pauses = points.slice(1).map(([minute], index) => minute - points[index][0]);
  return pauses.sort((a, b) => a - b)[Math.floor(pauses.length / 2)] ?? 1;
}

/** uPlot's data of losses: percent of the probes, a bucket a step. */
export function losses(monitors, range, until) {
  const size = BUCKETS[range];
  const first = Math.ceil((until - RANGES[range] + 1) / size);
  const last = Math.floor(until / size);
  const buckets = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const columns = monitors.map(({ points }) => {
    const all = new Array(buckets.length).fill(0);
    const lost = new Array(buckets.length).fill(0);
    for (const [minute, , up, down] of points) {
      const index = Math.floor(minute / size) - first;
      if (index < 0) continue;
      all[index] += up + down;
      lost[index] += down;
    }
    const percents = all.map((count, index) => (count ? (100 * lost[index]) / count : null));
    return [...percents, percents.at(-1)];
  });
  // The last step goes on until its minute ends.
  return [[...buckets.map((bucket) => bucket * size), until + 1].map((minute) => minute * 60), ...columns];
}
