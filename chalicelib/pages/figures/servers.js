// What pages calculate from servers: status, filters, order, and totals.
import { label, share } from "../text/format.js";
import { systemOf } from "./systems.js";

/**
 * The servers of an answer with everything that views need, calculated once. now: the dashboard's clock. events: the open
 * ones. words: the text to search, in lower case. state: "online", "warn" (online, but a rule fires), "offline" or "never"
 * (never reported).
 */
export function prepared(servers, now, events = []) {
  const firing = new Map();
  for (const event of events) firing.set(event.server_id, [...(firing.get(event.server_id) ?? []), event]);
  return servers.map((server) => prepare(server, now, firing.get(server.id) ?? []));
}

function prepare(server, now, events) {
  const { host, status } = server;
  const seen = server.online !== null;
  const online = server.online === true;
  const name = label(server.name, "");
  return {
    ...server,
    label: name || `#${server.id}`,
    tagLabel: label(server.tag, ""),
    system: systemOf(host),
    seen,
    online,
    events,
    state: !seen ? "never" : !online ? "offline" : events.length ? "warn" : "online",
    silence: seen ? Math.max(0, now - server.last_active) : 0,
    cores: coresOf(host.CPU),
    cpu: Math.min(100, Math.max(0, status.CPU)),
    memory: share(status.MemUsed, host.MemTotal),
    swap: share(status.SwapUsed, host.SwapTotal),
    disk: share(status.DiskUsed, host.DiskTotal),
    latency: server.latency ?? null,
    loss: server.loss ?? null,
    plan: server.plan ?? null,
    get words() {
      return wordsOf(this);
    },
  };
}

/** The text to search, in lower case. */
function wordsOf({ label: name, tag, host, ipv4, ipv6, note, id }) {
  return [name, tag, host.Platform, host.CountryCode, host.Arch, ipv4, ipv6, note, `#${id}`].join(" ").toLowerCase();
}

/** The number of cores: "AMD EPYC 7763 8 Virtual Core" has eight; 0 if it is not known. */
function coresOf(processors) {
  const counts = (processors ?? []).map((one) => Number(/(\d{1,4}) (?:Virtual|Physical) Core/.exec(one)?.[1] ?? 0));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The level of a percentage: "bad", "warn", or "" while it is not high. */
export const levelOf = (value) => (value >= 90 ? "bad" : value >= 80 ? "warn" : "");

/** The class of an element that shows `count` servers: if there are many, bars change without an animation. */
export const stillFor = (count) => (count > 60 ? "still" : "");

/** Whether a server is offline, or a rule fires for it. */
export const needsAttention = ({ state }) => state === "offline" || state === "warn";

const STATUSES = {
  all: () => true,
  online: ({ online }) => online,
  offline: ({ state }) => state === "offline",
  attention: needsAttention,
};

/**
 * The servers that match a filter: {words, status: "all", "online", "offline" or "attention", tags: none means any}.
 * Servers that never reported are neither online nor offline.
 */
export function select(servers, { words = "", status = "all", tags = [] }) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return servers.filter(
    (server) =>
      STATUSES[status](server) &&
      (!tags.length || tags.includes(server.tag)) &&
      wanted.every((word) => server.words.includes(word)),
  );
}

const names = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
const byName = (a, b) => names.compare(a.label, b.label) || a.id - b.id;
const FIGURES = {
  cpu: (one) => one.cpu,
  memory: (one) => one.memory,
  disk: (one) => one.disk,
  speed: (one) => one.status.NetInSpeed + one.status.NetOutSpeed,
  latency: (one) => -(one.latency ?? Infinity), // the fastest first
  availability: (one) => -(one.availability ?? Infinity), // the worst first
  uptime: (one) => one.status.Uptime,
  load: (one) => one.status.Load1,
  traffic: (one) => one.status.NetInTransfer + one.status.NetOutTransfer,
};
export const ORDER_KEYS = ["name", ...Object.keys(FIGURES)];

/** The servers in this order, or its reverse; "" is the dashboard's own, by tag. By figures, offline servers come last. */
export function ordered(servers, key, reverse) {
  if (!(ORDER_KEYS.includes(key))) return servers;
  const sign = reverse ? -1 : 1;
  if (key === "name") return [...servers].sort((a, b) => sign * byName(a, b));
  const figure = FIGURES[key];
  const compare = (a, b) => {
    const [x, y] = [figure(a), figure(b)];
    return x === y ? a.id - b.id : sign * (y - x);
  };
  return [...servers].sort((a, b) => b.online - a.online || compare(a, b));
}

/** The servers as the list shows them: grouped by tag, with tags in the order of their first server. */
export function byTag(servers) {
  return [...Map.groupBy(servers, (server) => server.tag).values()].flat();
}

/** Every tag in the dashboard's order: [{tag, label, all, online, offline}]. */
export function groupsOf(servers) {
  const groups = new Map();
  for (const { tag, tagLabel, online, state } of servers) {
    if (!groups.has(tag)) groups.set(tag, { tag, label: tagLabel, all: 0, online: 0, offline: 0 });
    const group = groups.get(tag);
    group.all += 1;
    group.online += online;
    group.offline += state === "offline";
  }
  return [...groups.values()];
}

/** Totals: traffic of all servers that ever reported, everything else of online ones, as others have no current figures. */
export function totals(servers) {
  const sum = { all: servers.length, attention: servers.filter(needsAttention).length, online: 0, offline: 0, cpu: 0, in: 0, out: 0, received: 0, sent: 0 };
  Object.assign(sum, { memory: 0, memoryUsed: 0, disk: 0, diskUsed: 0 });
  for (const { online, state, cpu, host, status } of servers) {
    sum.received += status.NetInTransfer;
    sum.sent += status.NetOutTransfer;
    sum.offline += state === "offline";
    if (!online) continue;
    sum.online += 1;
    sum.cpu += cpu;
    sum.memory += host.MemTotal;
    sum.memoryUsed += status.MemUsed;
    sum.disk += host.DiskTotal;
    sum.diskUsed += status.DiskUsed;
    sum.in += status.NetInSpeed;
    sum.out += status.NetOutSpeed;
  }
  return { ...sum, cpu: sum.online ? sum.cpu / sum.online : 0 };
}
