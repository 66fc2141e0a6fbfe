// A server's page: its facts, its current figures, and its history in the range from the address.
import { html, useMemo } from "../base/html.js";
import { href, setQuery } from "../base/address.js";
import { get } from "../base/api.js";
import { useLive } from "../base/live.js";
import { useOptional } from "../base/optional.js";
import { newCursor } from "../charts/cursor.js";
import { Empty, NotLoaded } from "../frame/notices.js";
import { t } from "../text/strings.js";
import { About } from "./about.js";
import { Header } from "./header.js";
import { Latency } from "./latency.js";
import { LostBand, useMuting } from "./lost.js";
import { useNeighbourKeys } from "./neighbours.js";
import { Now } from "./now.js";
import { Panels } from "./panels.js";
import { RANGES, rangeIn, spanOf, zoomIn } from "./ranges.js";

const FRESH_SECONDS = 60;
const RULES_SECONDS = 600;

/** id: from the address. server: undefined if it does not exist or this person may not see it. live: from useLive. */
export function Page({ id, server, query, data, live }) {
  useNeighbourKeys(server, data.servers);
  if (!server) {
    return html`<${Empty} title=${t("gone")}><a class="button" href=${href("")}>${t("backToServers")}</a><//>`;
  }
  return html`<${Known} key=${id} ...${{ server, query, data, live }} />`;
}

function Known({ server, query, data, live }) {
  const range = rangeIn(query);
  const zoom = zoomIn(query);
  const history = useRanged("history", server.id, range);
  const pings = useRanged("ping", server.id, range);
  const told = useOptional(data.showsEvents ? `api/event?server=${server.id}&limit=20` : null, FRESH_SECONDS);
  const [muting, mute] = useMuting(server, live.refresh);
  const cursor = useMemo(newCursor, []);
  const events = told ?? server.events;
  const rules = useOptional(data.signedIn && events.length ? "api/rule" : null, RULES_SECONDS);
  const [from, to] = zoom ?? spanOf(range, history.data, pings.data, data.now);
  const setZoom = (span) => setQuery({ from: span?.[0] ?? null, to: span?.[1] ?? null });
  const shared = { server, data, range, from, to, cursor, events, rules, onZoom: setZoom, zoomed: Boolean(zoom) };
  const latency = html`<${Latency} ...${shared} live=${pings} query=${query} />`;
  return html`
    <${Header} ...${shared} history=${history.data} pings=${pings.data} />
    ${server.state === "offline" && html`<${LostBand} ...${{ server, data }} charts=${history.data?.at.length > 0} onMute=${mute} />`}
    <div class="cols">
      <div class="charts">
        ${history.data?.at.length
          ? html`<${Panels} ...${shared} history=${history.data}>${latency}<//>`
          : html`${history.data ? html`<${Now} server=${server} />` : html`<${Missing} live=${history} />`}${latency}`}
      </div>
      <${About} server=${server} data=${data} events=${events} />
    </div>
    ${muting}
  `;
}

/** Placeholders for the charts, or the reason why there are none. */
function Missing({ live }) {
  if (live.error) return html`<section class="card panel wide"><${NotLoaded} title=${t("historyFailed")} live=${live} /></section>`;
  return ["a", "b", "c", "d"].map((key) => html`<div key=${key} class="card panel waiting" aria-hidden="true"></div>`);
}

/**
 * {data, error, refresh}: a route's data about this server in this range. While another range is being loaded, data is
 * still that of the previous one. error: why there is nothing to show.
 */
function useRanged(route, id, range) {
  const load = useMemo(() => async () => ({ range, answer: await get(`api/${route}/${id}?range=${range}`) }), [route, id, range]);
  const { data, error, refresh } = useLive(load, () => RANGES[range].pause);
  const failed = data?.range === range ? null : error;
  return { data: failed ? null : (data?.answer ?? null), error: failed, refresh };
}
