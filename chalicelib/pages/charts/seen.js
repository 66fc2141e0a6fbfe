// The newest minutes of a server as this page saw them, because reports deliver minutes in groups, a few minutes late.
import { useMemo, useRef } from "../base/html.js";

const MINUTE = 60;
const HOUR = 3600;

/** How each column of /api/history follows from the states that were seen in a minute. */
const COLUMNS = {
  samples: (states) => states.length,
  cpu: mean((one) => one.CPU),
  cpu_max: most((one) => one.CPU),
  mem_used: mean((one) => one.MemUsed),
  swap_used: mean((one) => one.SwapUsed),
  disk_used: mean((one) => one.DiskUsed),
  net_in: mean((one) => MINUTE * one.NetInSpeed),
  net_out: mean((one) => MINUTE * one.NetOutSpeed),
  net_in_speed_max: most((one) => one.NetInSpeed),
  net_out_speed_max: most((one) => one.NetOutSpeed),
  load1: mean((one) => one.Load1),
  tcp: mean((one) => one.TcpConnCount),
  udp: mean((one) => one.UdpConnCount),
  processes: mean((one) => one.ProcessCount),
  temperature: mean((one) => (one.Temperatures?.length ? Math.max(...one.Temperatures.map((sensor) => sensor.Temperature)) : null)),
  gpu: mean((one) => one.GPU || null),
};

/**
 * The columns of /api/history, continued with the states that the page has seen since. Only in steps of a minute: they
 * would be too small a part of a longer step. If the range is longer than an hour, they are drawn once a minute.
 */
export function useContinued(history, server) {
  const seen = useRef(new Map()).current;
  const { last_active: at, online, status } = server;
  useMemo(() => online && note(seen, at, status), [at]);
  const short = history && history.to - history.from <= HOUR + MINUTE;
  const moment = short ? at : Math.floor(at / MINUTE);
  return useMemo(() => (history?.step === MINUTE ? continued(history, seen) : history), [history, moment]);
}

function note(seen, at, status) {
  const minute = at - (at % MINUTE);
  if (!seen.has(minute)) seen.set(minute, []);
  seen.get(minute).push(status);
}

function continued(history, seen) {
  const last = history.at.at(-1) ?? -Infinity;
  for (const minute of seen.keys()) if (minute < history.from || minute <= last) seen.delete(minute);
  const minutes = [...seen.keys()].sort((a, b) => a - b);
  if (!minutes.length) return history;
  const found = { ...history, at: [...history.at, ...minutes] };
  for (const [name, of] of Object.entries(COLUMNS)) {
    const known = history[name]?.some((value) => value !== null);
    found[name] = [...history[name], ...minutes.map((minute) => (known || !history.at.length ? of(seen.get(minute)) : null))];
  }
  return found;
}

function mean(of) {
  return (states) => {
    const known = states.map(of).filter((value) => value !== null);
    return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
  };
}

function most(of) {
  return (states) => Math.max(...states.map(of));
}
