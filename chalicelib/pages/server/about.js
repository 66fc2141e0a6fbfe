// What is shown beside a server's charts: its availability, plan, events and host.
import { html } from "../base/html.js";
import { href } from "../base/address.js";
import { notified, useChannels } from "../events/notified.js";
import { Arrow, Dot, Strip, meanOf } from "../figures/marks.js";
import { daysLeft, price } from "../figures/plans.js";
import { availabilityOf, bytes, bytesIn, cut, day, dayAndMonth, duration, label, moment, plain, size } from "../text/format.js";
import { t } from "../text/strings.js";

const DAY = 86_400;

export function About({ server, data, events }) {
  const days = data.availability?.get(server.id);
  return html`<aside class="side" aria-label=${t("about")}>
    ${days && html`<${Availability} days=${days} now=${data.now} />`}
    ${server.plan && html`<${Plan} server=${server} now=${data.now} />`}
    ${events.length > 0 && html`<${Events} ...${{ events, server, data }} />`}
    <${Host} server=${server} />
  </aside>`;
}

function Availability({ days, now }) {
  const mean = meanOf(days);
  return html`<section class="card">
    <h2>${t("availability")}</h2>
    <p class="big">${mean === null ? "–" : availabilityOf(mean)} <small>${t("in30Days")}</small></p>
    <${Strip} days=${days} tall />
    <p class="ends"><span>${dayAndMonth(now - (days.length - 1) * DAY)}</span><span>${t("today")}</span></p>
  </section>`;
}

/** The bar shows the used traffic, the line how much of the cycle is over. */
function Plan({ server, now }) {
  const { plan } = server;
  const left = daysLeft(plan, now);
  const { traffic_used: used, traffic_limit: limit, cycle_began: began, cycle_ends: ends } = plan;
  const hasQuota = limit > 0 && Number.isFinite(used);
  const passed = ends > began ? Math.min(1, Math.max(0.01, (now - began) / (ends - began))) : null;
  const projected = passed && used / passed;
  const [, unit] = hasQuota ? bytesIn(limit) : [];
  return html`<section class="card">
    <h2>${t(hasQuota ? "trafficOfCycle" : "plan")}</h2>
    ${hasQuota &&
    html`<p class="big">${bytesIn(used, unit)[0]} <small>${t("ofAmount", { amount: size(limit) })}</small></p>
      <div class="quota" style=${{ "--v": `${Math.min(100, (100 * used) / limit)}%`, "--t": `${100 * (passed ?? 0)}%` }}>
        ${passed && html`<i title=${t("today")}></i>`}
      </div>
      ${passed && html`<p class="ends"><span class=${projected > limit ? "bad" : ""}>${t("projected", { amount: bytes(projected) })}</span><span>${t("resetsIn", { count: Math.ceil((ends - now) / DAY) })}</span></p>`}`}
    <dl class=${`kv ${hasQuota ? "below" : ""}`}>
      ${limit > 0 && !hasQuota && html`<dt>${t("trafficQuota")}</dt><dd>${size(limit)}</dd>`}
      ${price(plan) && html`<dt>${t("plan")}</dt><dd>${price(plan)}</dd>`}
      ${left !== null && html`<dt>${t("renews")}</dt><dd class=${left < 30 ? "warn" : ""}>${day(plan.expires)} · ${left < 0 ? t("planOver") : t("daysLeft", { count: left })}</dd>`}
    </dl>
  </section>`;
}

function Events({ events, server, data }) {
  const channels = useChannels(data, events);
  return html`<section class="card">
    <h2>${t("events")}<a href=${href(`events?server=${server.id}`)}>${t("all")}</a></h2>
    <ul class="events">
      ${events.slice(0, 6).map((one) => {
        return html`<li key=${one.id}>
          <${Dot} state=${isOpen(one) ? "warn" : "online"} /><b><bdi>${label(one.rule)}</bdi></b><span>${duration((one.ended ?? data.now) - one.began)}</span>
          <small>${[timeOf(one), one.monitor && label(one.monitor), notified(one, channels)].filter(Boolean).join(" · ")}</small>
        </li>`;
      })}
    </ul>
  </section>`;
}

const isOpen = ({ ended }) => ended === null || ended === undefined;

function timeOf(event) {
  const [began, ended] = [event.began, event.ended].map(moment);
  return isOpen(event) ? t("sinceMoment", { time: began }) : t("fromTo", { from: began, to: ended });
}

function Host({ server }) {
  const facts = factsOf(server);
  return html`<section class="card">
    <h2>${t("system")}</h2>
    <dl class="kv">${facts.map(([key, value]) => html`<dt key=${key}>${t(key)}</dt><dd title=${typeof value === "string" ? value : undefined}><bdi>${value}</bdi></dd>`)}</dl>
  </section>`;
}

/** What is known about a server, as [key of its name, text]; what is not known is left out. */
function factsOf(server) {
  const { host, status, seen } = server;
  const list = (entries) => (entries ?? []).slice(0, 8).map((one) => label(one)).join(", ");
  const memory = [size(host.MemTotal), host.SwapTotal > 0 && t("swapOf", { amount: size(host.SwapTotal) })].filter(Boolean).join(", ");
  const pairs = [
    ["processor", list(host.CPU)],
    ["gpu", list(host.GPU)],
    ["memory", host.MemTotal > 0 && memory],
    ["disk", host.DiskTotal > 0 && size(host.DiskTotal)],
    ["temperatures", temperatures(status.Temperatures)],
    ["booted", host.BootTime > 0 && moment(host.BootTime)],
    ["sinceBoot", seen && html`<${Arrow} way="in" />${bytes(status.NetInTransfer)} <${Arrow} way="out" />${bytes(status.NetOutTransfer)}`],
    ["agent", label(host.Version, "")],
    ["address", [server.ipv4, server.ipv6].filter(Boolean).join("  ")],
    ["note", plain(server.note ?? "")],
    ["created", server.created > 0 && day(server.created)],
    ["id", String(server.id)],
  ];
  return pairs
    .filter(([, value]) => value)
    .map(([key, value]) => [key, typeof value === "string" ? cut(value, key === "note" ? 1200 : 400) : value]);
}

function temperatures(sensors) {
  return (sensors ?? [])
    .filter((one) => one.Temperature > 0)
    .slice(0, 8)
    .map((one) => `${label(one.Name)} ${Math.round(Math.min(one.Temperature, 9999))}\u00a0°C`)
    .join(", ");
}
