// The data of the public pages: the servers, and data that a dashboard may or may not have.
import { useMemo } from "./base/html.js";
import { ask, withSession } from "./base/api.js";
import { kept } from "./base/kept.js";
import { useLive } from "./base/live.js";
import { useOptional } from "./base/optional.js";
import { seemsSignedIn } from "./base/session.js";
import { meanOf } from "./figures/marks.js";
import { prepared } from "./figures/servers.js";
import { siteLanguage } from "./text/strings.js";

const MANY = 200;
const seconds = (data) => (data && data.servers.length > MANY ? 10 : 5);
const SETTINGS_SECONDS = 60;

/**
 * {live, data}. live: from useLive. data: null before the first answer, then {closed: whether guests see nothing, signedIn,
 * siteName, now: the dashboard's clock, slowUntil: until when servers report less often to save costs (0 if they do not,
 * undefined for guests), servers: prepared, with their open events, hasLatency, spark and availability: by server, or
 * null, monitorDays: availability by monitor, showsEvents, showsMonitors: whether this person may see them, hasFeed:
 * whether guests may see events}. page: the page that is shown; only its data is requested.
 */
export function useData(page) {
  const live = useLive(load, seconds);
  const spark = useOptional("api/spark", 60, page === "home" || page === "wall");
  const availability = useOptional("api/availability", 600, page !== "wall" && page !== "events");
  const told = useOptional(live.data?.signedIn ? "api/event?open=1&limit=100" : null, 15);
  const sparks = useMemo(() => spark && curvesOf(spark.servers), [spark]);
  const days = useMemo(() => availability && byId(availability.servers, (one) => one.days), [availability]);
  const means = useMemo(() => availability && byId(availability.servers, (one) => meanOf(one.days)), [availability]);
  const monitorDays = useMemo(() => byId(availability?.monitors ?? [], (one) => one.days), [availability]);
  const servers = useMemo(
    () => live.data && prepared(live.data.servers, live.data.now, told ?? live.data.events ?? []),
    [live.data, told],
  );
  const data = useMemo(() => {
    if (!servers) return null;
    for (const one of servers) one.availability = means?.get(one.id) ?? null;
    const hasLatency = servers.some((one) => one.latency !== null);
    return { ...live.data, servers, hasLatency, spark: sparks, availability: days, monitorDays };
  }, [servers, means, sparks, days, monitorDays]);
  return { live, data };
}

const byId = (list, of) => new Map(list.map((one) => [one.id, of(one)]));

/** The curves by server. Servers without any value are left out: a bar shows more than an empty curve. */
function curvesOf(servers) {
  const known = servers.filter(({ cpu }) => cpu.some((value) => value !== null));
  return byId(known, ({ cpu, net_in, net_out }) => ({ cpu, in: net_in, out: net_out }));
}

/** What this person may see: everything with a session, what guests see otherwise. */
async function load() {
  if (seemsSignedIn()) {
    const everything = await withSession(() => Promise.all([ask("api/server"), kept("api/settings", SETTINGS_SECONDS)]));
    if (everything) {
      const [{ result, now }, site] = everything;
      const slowUntil = site.slow_until;
      return answer(site, { servers: result, now, signedIn: true, slowUntil, showsEvents: true, showsMonitors: true });
    }
  }
  try {
    const { result, now } = await ask("api/summary");
    const { servers, events, public_events: showsEvents, public_monitors: showsMonitors } = result;
    return answer(result, { servers, events, now, signedIn: false, showsEvents, showsMonitors });
  } catch (error) {
    if (error.status !== 403) throw error;
    const nothing = { servers: [], siteName: "", now: Date.now() / 1000 };
    return { closed: true, ...nothing, signedIn: false, showsEvents: false, showsMonitors: false };
  }
}

function answer(site, rest) {
  siteLanguage(site.language);
  return { closed: false, siteName: site.site_name, hasFeed: site.public_events && site.public_page !== false, ...rest };
}
