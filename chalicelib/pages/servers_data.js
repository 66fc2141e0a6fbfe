// What the pages know of servers: who is on, and in which order they stand.
import { label, share } from "./text/format.js";

/** How old an online server's last report may be. The dashboard applies the rule: `online` is null before the first. */
export const ON_SECONDS = Number(document.documentElement.dataset.onlineSeconds);

/** The servers of an answer with what every view asks of them, worked out once. */
export function prepared(servers, now) {
  return servers.map((server) => prepare(server, now));
}

function prepare(server, now) {
  const { host, status } = server;
  const seen = server.online !== null;
  const on = server.online === true;
  return {
    ...server,
    label: label(server.name, `#${server.id}`),
    tagLabel: label(server.tag, ""),
    seen,
    on,
    state: on ? "on" : seen ? "off" : "waiting",
    silence: seen ? Math.max(0, now - server.last_active) : 0,
    memory: share(status.MemUsed, host.MemTotal),
    swap: share(status.SwapUsed, host.SwapTotal),
    disk: share(status.DiskUsed, host.DiskTotal),
    words: `${label(server.name, "")} ${label(server.tag, "")} ${host.Platform} ${host.CountryCode} ${host.Arch} ${
      server.ipv4 ?? ""
    } ${server.ipv6 ?? ""} ${server.note ?? ""} #${server.id}`.toLowerCase(),
  };
}

const byNumber = (figure) => (a, b) => b.on - a.on || figure(b) - figure(a) || a.id - b.id;
const names = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Orders by their key; "arranged" is the dashboard's own, by tag. Servers that are off come last in figures. */
const ORDERS = {
  name: (a, b) => names.compare(a.label, b.label) || a.id - b.id,
  uptime: byNumber((server) => server.status.Uptime),
  cpu: byNumber((server) => server.status.CPU),
  memory: byNumber((server) => server.memory),
  swap: byNumber((server) => server.swap),
  disk: byNumber((server) => server.disk),
  load: byNumber((server) => server.status.Load1),
  speed: byNumber((server) => server.status.NetInSpeed + server.status.NetOutSpeed),
  traffic: byNumber((server) => server.status.NetInTransfer + server.status.NetOutTransfer),
};
export const ORDER_KEYS = ["arranged", ...Object.keys(ORDERS)];

export function select(servers, { search, tag, state }) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return servers.filter(
    (server) =>
      (tag === null || server.tag === tag) &&
      (state === "all" || server.on === (state === "on")) &&
      words.every((word) => server.words.includes(word)),
  );
}

/** What stands in the list, top to bottom: {server} and, in the dashboard's own order, {tag, on, all} before each tag. */
export function lines(servers, order) {
  if (order !== "arranged") return [...servers].sort(ORDERS[order]).map((server) => ({ server }));
  const groups = new Map();
  for (const server of servers) {
    if (!groups.has(server.tag)) groups.set(server.tag, []);
    groups.get(server.tag).push(server);
  }
  const found = [];
  for (const [tag, members] of groups) {
    found.push({ tag, label: members[0].tagLabel, on: members.filter((one) => one.on).length, all: members.length });
    for (const server of members) found.push({ server });
  }
  return found;
}

/** Every tag with how many servers have it, in the order of the list. */
export function tagsOf(servers) {
  const counts = new Map();
  for (const { tag } of servers) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts];
}

/** Sums over all servers: traffic of everyone that ever reported, the rest of those that are on. */
export function totals(servers) {
  const sum = { all: servers.length, on: 0, cpu: 0, in: 0, out: 0, received: 0, sent: 0 };
  Object.assign(sum, { memory: 0, memoryUsed: 0, disk: 0, diskUsed: 0 });
  for (const { on, host, status } of servers) {
    sum.received += status.NetInTransfer;
    sum.sent += status.NetOutTransfer;
    if (!on) continue;
    sum.on += 1;
    sum.cpu += Math.min(100, status.CPU);
    sum.memory += host.MemTotal;
    sum.memoryUsed += status.MemUsed;
    sum.disk += host.DiskTotal;
    sum.diskUsed += status.DiskUsed;
    sum.in += status.NetInSpeed;
    sum.out += status.NetOutSpeed;
  }
  return sum;
}
