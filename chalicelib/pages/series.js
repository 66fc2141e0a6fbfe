// Ping series, made ready for charts. A minute whose delay is 0 had no answer at all.

export const RANGES = { range24: 24 * 60, range6: 6 * 60, range1: 60 };
const BUCKETS = { range24: 15, range6: 5, range1: 1 };
const LONGEST_GAP = 2.5; // pauses of a monitor; what is further apart is not joined by a line

/** One entry a monitor: its minutes and delays of the last `range` before `until` (minutes since 1970), and figures. */
export function within(series, range, until) {
  const since = until - RANGES[range];
  return series.map((one) => {
    const points = [];
    one.created_at.forEach((at, index) => {
      const minute = Math.floor(at / 60_000);
      if (minute > since && minute <= until) points.push([minute, one.avg_delay[index]]);
    });
    return { id: one.monitor_id, name: one.monitor_name, points, ...figures(points) };
  });
}

function figures(points) {
  const answered = points.filter(([, delay]) => delay > 0).map(([, delay]) => delay);
  if (!points.length) return { newest: null, average: null, least: null, most: null, loss: null };
  return {
    newest: points.at(-1)[1] || null,
    average: answered.length ? answered.reduce((sum, delay) => sum + delay, 0) / answered.length : null,
    least: answered.length ? Math.min(...answered) : null,
    most: answered.length ? Math.max(...answered) : null,
    loss: (100 * (points.length - answered.length)) / points.length,
  };
}

/** uPlot's data of delays: null breaks a line, undefined does not. */
export function delays(monitors, range, until) {
  const since = until - RANGES[range];
  const minutes = Array.from({ length: RANGES[range] }, (_, index) => since + 1 + index);
  const columns = monitors.map(({ points }) => {
    const column = new Array(minutes.length);
    const pause = usualPause(points);
    points.forEach(([minute, delay], index) => {
      column[minute - since - 1] = delay > 0 ? delay : null;
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

/** uPlot's data of losses: percent of the minutes without an answer, a bucket a step. */
export function losses(monitors, range, until) {
  const size = BUCKETS[range];
  const first = Math.ceil((until - RANGES[range] + 1) / size);
  const last = Math.floor(until / size);
  const buckets = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const columns = monitors.map(({ points }) => {
    const all = new Array(buckets.length).fill(0);
    const lost = new Array(buckets.length).fill(0);
    for (const [minute, delay] of points) {
      const index = Math.floor(minute / size) - first;
      if (index < 0) continue;
      all[index] += 1;
      lost[index] += delay > 0 ? 0 : 1;
    }
    return all.map((count, index) => (count ? (100 * lost[index]) / count : null));
  });
  return [buckets.map((bucket) => bucket * size * 60), ...columns];
}
