// Answers of routes that a dashboard without history, monitors' status and events lacks, in the shapes of their
// contracts: sparks, availability, history, events, plans, latency. Put into a page before its own scripts.
(() => {
  const real = window.fetch;
  const DAY = 86_400;
  const RANGES = { "1h": [3600, 60], "6h": [6 * 3600, 60], "24h": [DAY, 60], "7d": [7 * DAY, 600], "30d": [30 * DAY, 3600], "1y": [365 * DAY, DAY] };
  const now = () => Math.floor(Date.now() / 1000);
  const noise = (...keys) => {
    let mixed = 0x9e3779b1;
    for (const key of keys) mixed = Math.imul(mixed ^ (Math.floor(key) + 0x85ebca6b), 0xc2b2ae35);
    mixed ^= mixed >>> 15;
    return ((Math.imul(mixed, 0x2c1b3c6d) >>> 0) % 10_007) / 10_007;
  };
  const wave = (id, at, shift) => 0.5 + 0.5 * Math.sin((at / DAY) * 2 * Math.PI + id + shift);
  const cpu = (id, at) => 3 + noise(id) ** 2 * 40 * (0.6 + 0.5 * wave(id, at, 0)) + 8 * noise(id, at / 300) + (Math.floor(at / 1800) % 48 === 30 ? 40 : 0);
  const net = (id, at, way) => 10 ** (4.6 + 2 * noise(id, way)) * (0.6 + 0.5 * wave(id, at, way) + 0.4 * noise(id, at / 300, way));
  const cached = new Map();
  const json = async (path) => (await (await real(path)).clone().json()).result;
  const list = async (base) => {
    const answer = await real(`${base}api/server`);
    return answer.ok ? (await answer.json()).result : (await json(`${base}api/summary`)).servers;
  };

  function last12(of) {
    const last = now() - (now() % 300);
    return Array.from({ length: 12 }, (_, index) => of(last - 300 * (11 - index)));
  }

  function plan(id) {
    if (noise(id, 7) < 0.4) return null;
    const limit = 2 ** 40 * (id % 4);
    return {
      price: [4.51, 5, 88, 12, 38.9][id % 5], currency: ["EUR", "USD", "CNY", "USD", "EUR"][id % 5], cycle: "month",
      expires: now() + Math.floor(noise(id, 8) * 300) * DAY, traffic_limit: limit, traffic_kind: "both", reset_day: 1, public: true,
      traffic_used: limit * noise(id, 9) * 0.8, cycle_began: now() - 27 * DAY, cycle_ends: now() + 3 * DAY,
    };
  }

  function events(servers) {
    return servers.flatMap(({ id, name, status, host, last_active }) => {
      const event = { id, server_id: id, server: name, monitor_id: null, monitor: null, ended: null, reason: null, deliveries: [{ channel_id: 1, kind: "began", at: now() - 1400, delivered: true, error: "" }] };
      if (last_active > 0 && status.CPU > 90) return [{ ...event, rule_id: 1, rule: "Busy CPU", began: now() - 1500, value: status.CPU }];
      if (last_active > 0 && status.DiskUsed > 0.95 * host.DiskTotal) return [{ ...event, rule_id: 2, rule: "Disk almost full", began: now() - 90_000, value: 98.5 }];
      return [];
    });
  }

  const days = (id) => Array.from({ length: 30 }, (_, day) => (noise(id, 3) < 0.1 && day < 8 ? null : noise(id, day, 4) > 0.985 ? 0.95 + 0.049 * noise(id, day) : 1));

  function history({ id, host, status, last_active }, range) {
    const [seconds, step] = RANGES[range];
    const to = now() - (now() % step);
    const at = [];
    for (let time = to - seconds; time < to && time <= last_active; time += step) at.push(time);
    const column = (of) => at.map(of);
    return {
      step, from: to - seconds, to, at, samples: column(() => step / 3), cpu: column((time) => cpu(id, time)),
      cpu_max: column((time) => Math.min(100, 1.25 * cpu(id, time) + 3 + 12 * noise(id, time / 60))),
      mem_used: column((time) => host.MemTotal * (0.5 + 0.1 * wave(id, time, 2))), swap_used: column(() => host.SwapTotal * 0.2),
      disk_used: column((time) => status.DiskUsed * (1 - ((to - time) / seconds) * 0.02)),
      net_in: column((time) => Math.floor(net(id, time, 0) * step)), net_out: column((time) => Math.floor(net(id, time, 1) * step)),
      net_in_speed_max: column((time) => 1.6 * net(id, time, 0)), net_out_speed_max: column((time) => 1.6 * net(id, time, 1)),
      load1: column((time) => cpu(id, time) / 25), tcp: column((time) => Math.round(50 + 70 * wave(id, time, 3))), udp: column(() => 6),
      processes: column((time) => Math.round(120 + 8 * wave(id, time, 1))), temperature: column((time) => 47 + 7 * wave(id, time, 1) + 2 * noise(id, time / 600)),
      gpu: column(() => null),
    };
  }

  function status(monitors) {
    return monitors.map(({ id, name, type }) => {
      const base = 5 + 200 * noise(id, 5);
      const down = id % 4 === 0;
      return {
        id, name, type, latency: down ? null : base, loss: down ? 100 : id % 3 === 0 ? 2.7 : 0, up: down ? 0 : 38, down: down ? 12 : 0,
        certificate: id % 2 ? { issuer: "Let's Encrypt", not_after: now() + Math.floor(90 * noise(id, 6)) * DAY } : null,
        spark: last12((at) => (down ? null : base * (0.9 + 0.2 * noise(id, at)))), servers: [],
      };
    });
  }

  async function answer(base, path, query) {
    if (path === "spark") {
      const servers = (await list(base)).filter((one) => one.last_active > 0);
      const line = ({ id }) => ({ id, cpu: last12((at) => cpu(id, at)), net_in: last12((at) => net(id, at, 0)), net_out: last12((at) => net(id, at, 1)) });
      return { step: 300, at: last12((at) => at), servers: servers.map(line) };
    }
    if (path === "availability") {
      const servers = (await list(base)).map(({ id, last_active }) => ({ id, days: last_active > 0 ? days(id) : Array(30).fill(null) }));
      return { days: 30, servers, monitors: Array.from({ length: 9 }, (_, index) => ({ id: index + 1, days: days(index + 101) })) };
    }
    if (path === "event") {
      const wanted = Number(query.get("server"));
      const open = events(await list(base)).filter((one) => !wanted || one.server_id === wanted);
      if (query.has("open")) return open;
      return [...open, { id: 900, rule_id: 3, rule: "Packet loss above 20%", server_id: wanted, server: "", monitor_id: 1, monitor: "Frankfurt", began: now() - 60_000, ended: now() - 57_300, reason: "recovered", value: 30, deliveries: [] }];
    }
    if (path.startsWith("history/")) {
      const server = (await list(base)).find((one) => one.id === Number(path.split("/")[1]));
      return history(server, query.get("range") ?? "24h");
    }
    if (path === "monitor/status") {
      const found = await real(`${base}api/monitor`);
      const monitors = found.ok ? (await found.json()).result : [1, 2, 3, 4].map((id) => ({ id, name: `Monitor ${id}`, type: "icmp" }));
      return { monitors: status(monitors) };
    }
    if (path === "summary" || path === "server") {
      const response = await real(`${base}api/${path}`);
      if (!response.ok) return response;
      const { result } = await response.json();
      const servers = path === "summary" ? result.servers : result;
      for (const one of servers) {
        const known = one.last_active > 0;
        Object.assign(one, { plan: plan(one.id), latency: known ? 4 + 200 * noise(one.id, 1) ** 2 : null, loss: known ? (noise(one.id, 2) < 0.85 ? 0 : 3 * noise(one.id, 3)) : null });
      }
      return path === "summary" ? { ...result, public_events: true, public_monitors: true, events: events(servers) } : servers;
    }
    return undefined;
  }

  window.fetch = async (url, options = {}) => {
    const [, base, path] = /^(.*\/)api\/([^?]*)/.exec(String(url)) ?? [];
    if (!path || (options.method ?? "GET") !== "GET") return real(url, options);
    const key = String(url);
    const fresh = path === "summary" || path === "server" || !cached.has(key);
    if (fresh) cached.set(key, await answer(base, path, new URL(key).searchParams));
    const result = cached.get(key);
    if (result === undefined) return real(url, options);
    if (result instanceof Response) return result;
    return new Response(JSON.stringify({ code: 0, message: "success", result }), { headers: { Date: new Date().toUTCString() } });
  };
})();
