// Servers that need attention: those that are offline, then those for which a rule fires.
import { html } from "../base/html.js";
import { href } from "../base/address.js";
import { notified, useChannels } from "../events/notified.js";
import { Dot, Flag, Meter } from "../figures/marks.js";
import { levelOf, needsAttention } from "../figures/servers.js";
import { Spark } from "../figures/sparks.js";
import { Icon } from "../frame/icons.js";
import { clock, duration, exactMoment, hourAndMinute, moment, percent } from "../text/format.js";
import { t } from "../text/strings.js";

const MOST = 6;
const MOST_NARROW = 3; // so that the list begins on a phone's first screen
const FIGURES = ["cpu", "memory", "disk"]; // one of these may be what is wrong

export function Trouble({ servers, data, narrow }) {
  const found = servers
    .filter(needsAttention)
    .sort((a, b) => (b.state === "offline") - (a.state === "offline") || since(b) - since(a));
  const channels = useChannels(data, found.flatMap((one) => one.events));
  if (!found.length) return null;
  const most = narrow ? MOST_NARROW : MOST;
  const more = found.length - most;
  return html`<section class="attention" aria-labelledby="attention">
    <h2 id="attention"><${Icon} name="alert" />${t("needAttention", { count: found.length })}
      ${more > 0 && html`<a href=${href("?status=attention")}>${t("moreTrouble", { count: more })}</a>`}
      ${data.showsEvents && html`<a href=${href("events")}>${t("allEvents")}</a>`}
    </h2>
    <ul>${found.slice(0, most).map((server) => html`<${Item} key=${server.id} ...${{ server, data, channels }} />`)}</ul>
  </section>`;
}

/** When a server's trouble began: the latest comes first. */
const since = (server) => (server.state === "offline" ? server.last_active : Math.max(...server.events.map((one) => one.began)));

function Item({ server, data, channels }) {
  const offline = server.state === "offline";
  const event = server.events[0];
  const curve = data.spark?.get(server.id)?.cpu;
  const high = offline ? undefined : FIGURES.find((name) => levelOf(server[name]));
  const words = offline ? t("offlineFor", { time: duration(server.silence) }) : firing(event, data.now);
  const facts = offline
    ? [t("lastReport", { time: (isToday(server.last_active) ? clock : exactMoment)(server.last_active) })]
    : [t("sinceMoment", { time: (isToday(event.began) ? hourAndMinute : moment)(event.began) }), high && `${t(high)} ${percent(server[high])}`];
  if (event) facts.push(notified(event, channels));
  return html`<li class=${server.state}>
    <a href=${href(`server/${server.id}`)}>
      <${Dot} state=${server.state} /><${Flag} code=${server.host.CountryCode} /><bdi>${server.label}</bdi>
      <span class=${offline ? "bad" : "warn"} title=${words}>${offline ? words : html`<bdi>${event.rule}</bdi>${words.slice(event.rule.length)}`}</span>
    </a>
    <p>${facts.filter(Boolean).join(" · ")}</p>
    ${high && high !== "cpu"
      ? html`<${Meter} value=${server[high]} kind=${high} />`
      : curve && html`<${Spark} values=${curve} color=${offline ? "muted" : "warn-fill"} floor=${100} />`}
  </li>`;
}

const isToday = (seconds) => new Date(seconds * 1000).toDateString() === new Date().toDateString();

/** Begins with the rule's name, in every language. */
const firing = (event, now) => t("ruleFor", { rule: event.rule, time: duration(now - event.began) });
