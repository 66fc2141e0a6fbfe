// Finds the servers that currently meet the conditions of a rule, as far as the list of servers shows.
import { limitsOf } from "./condition_types.js";

const online = (of) => (one) => (one.online ? of(one) : null);
const status = (name) => online((one) => one.status[name]);
const both = (one, other) => online(({ status: figures }) => figures[one] + figures[other]);
/** A server's value, by type of condition; null if it has none. The list of servers has no values for other types. */
const VALUES = {
  cpu: online((one) => one.cpu),
  gpu: status("GPU"),
  memory: online((one) => one.memory),
  swap: online((one) => (one.host.SwapTotal ? one.swap : null)),
  disk: online((one) => one.disk),
  load1: status("Load1"),
  load5: status("Load5"),
  load15: status("Load15"),
  net_in: status("NetInSpeed"),
  net_out: status("NetOutSpeed"),
  net_all: both("NetInSpeed", "NetOutSpeed"),
  tcp: status("TcpConnCount"),
  udp: status("UdpConnCount"),
  processes: status("ProcessCount"),
  temperature: online(({ status: { Temperatures: all } }) => (all?.length ? Math.max(...all.map((one) => one.Temperature)) : null)),
  transfer_in: status("NetInTransfer"),
  transfer_out: status("NetOutTransfer"),
  transfer_all: both("NetInTransfer", "NetOutTransfer"),
  expiry: (one, now) => (one.plan?.expires ? (one.plan.expires - now) / 86_400 : null),
};

/**
 * {watched, found}: how many servers a rule watches, and [{server, value}] of those that meet all conditions now, however
 * long they have done so. value: of the first condition; null if that is "offline". The result is null if the list of
 * servers has no value for a condition, or if a limit is missing.
 */
export function matching({ conditions, cover, servers: ids, tags }, servers, now) {
  if (!conditions.every(isKnown)) return null;
  const named = { servers: new Set(ids), tags: new Set(tags) };
  const watched = servers.filter(
    (one) => (named.servers.has(one.id) || named.tags.has(one.tag)) === (cover === "only") && conditions.every((condition) => covers(condition, one.id)),
  );
  const found = watched.filter((one) => conditions.every((condition) => holds(condition, one, now)));
  return { watched: watched.length, found: found.map((server) => ({ server, value: VALUES[conditions[0].type]?.(server, now) ?? null })) };
}

const isKnown = ({ type, above, below }) =>
  type === "offline" || (type in VALUES && limitsOf(type).some((name) => Number.isFinite({ above, below }[name])));

const covers = ({ cover = "all", servers = [] }, id) => servers.includes(id) === (cover === "only");

function holds({ type, above, below }, server, now) {
  if (type === "offline") return server.seen && !server.online;
  const value = VALUES[type](server, now);
  return value !== null && value !== undefined && (value > (above ?? Infinity) || value < (below ?? -Infinity));
}
