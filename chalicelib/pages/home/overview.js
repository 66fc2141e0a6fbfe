// Totals of all servers: how many are online, and their combined figures.
import { html, useMemo } from "../base/html.js";
import { go } from "../base/address.js";
import { Meter, Rates, stepOf } from "../figures/marks.js";
import { levelOf, stillFor } from "../figures/servers.js";
import { Mirror, Spark } from "../figures/sparks.js";
import { bytes, bytesOf, duration, number, percent, share } from "../text/format.js";
import { t } from "../text/strings.js";

const MOST_BARS = 200;

/** servers: those that match the filter, in the order of the list. */
export function Overview({ servers, sums, spark }) {
  // Servers are new objects after each update, but their curves change once a minute.
  const online = servers.filter((one) => one.online).map((one) => one.id);
  const curves = useMemo(() => sumsOf(spark, online), [spark, online.join()]);
  const [memory, disk] = [share(sums.memoryUsed, sums.memory), share(sums.diskUsed, sums.disk)];
  const rates = html`<${Rates} received=${sums.in} sent=${sums.out} />`;
  return html`<section class="card overview" aria-label=${t("overview")}>
    <div class="state">
      <div class="lead">
        <span class="label">${t("online")}</span>
        <p class="big">${number(sums.online)}<i>${t("ofAll", { count: sums.all })}</i></p>
        ${sums.offline
          ? html`<small class="bad">${t("offlineCount", { count: sums.offline })}</small>`
          : html`<small class="good">${t("allReporting")}</small>`}
      </div>
      <${Bars} servers=${servers} offline=${sums.offline} />
      <div class="two net">${rates}</div>
    </div>
    <div class="figures">
      <div>
        <span class="label key cpu">${t("cpu")}</span>
        <p class=${`big ${levelOf(sums.cpu)}`}>${percent(sums.cpu)}</p>
        ${curves ? html`<${Spark} values=${curves.cpu} />` : html`<${Meter} value=${sums.cpu} kind="cpu" />`}
      </div>
      <${Part} name="memory" value=${memory} words=${bytesOf(sums.memoryUsed, sums.memory)} />
      <${Part} name="disk" value=${disk} words=${bytesOf(sums.diskUsed, sums.disk)} />
      <div>
        <span class="label">${t("speed")}</span>
        ${curves && html`<${Mirror} received=${curves.in} sent=${curves.out} />`}
        <div class="two">${rates}</div>
      </div>
      <div>
        <span class="label">${t("trafficSinceBoot")}</span>
        <div class="two"><${Rates} received=${sums.received} sent=${sums.sent} show=${bytes} /></div>
      </div>
    </div>
  </section>`;
}

function Part({ name, value, words }) {
  return html`<div>
    <span class=${`label key ${name}`}>${t(name)}</span>
    <div class="with"><p class=${`big ${levelOf(value)}`}>${percent(value)}</p><small>${words}</small></div>
    <${Meter} value=${value} kind=${name} />
  </div>`;
}

/** The mean of these servers' CPU and the sums of their traffic at each point of the sparks; null if there are none. */
function sumsOf(spark, ids) {
  if (!spark) return null;
  const lines = ids.map((id) => spark.get(id)).filter(Boolean);
  if (!lines.length) return null;
  const at = (key, mean) => {
    const sums = lines[0][key].map(() => 0);
    const counts = sums.slice();
    for (const line of lines) {
      line[key].forEach((value, index) => {
        if (value === null) return;
        sums[index] += value;
        counts[index] += 1;
      });
    }
    return sums.map((sum, index) => (counts[index] ? sum / (mean ? counts[index] : 1) : null));
  };
  return { cpu: at("cpu", true), in: at("in", false), out: at("out", false) };
}

/** A bar for each server, as tall as its CPU, by tag. If there are many, a bar is the worst of several, unless `all`. */
export function Bars({ servers, offline, all = false }) {
  const sections = useMemo(() => sectionsOf(servers, all ? Infinity : MOST_BARS), [servers, all]);
  function onClick(event) {
    const { id } = event.target.dataset;
    if (id) go(`server/${id}`);
  }
  // A title is set only for the bar under the pointer: setting hundreds of them with every update takes too long.
  function onPointerOver({ target }) {
    const one = target.dataset.id && servers.find(({ id }) => id === Number(target.dataset.id));
    if (one) target.title = titleOf(one);
  }
  return html`<div class=${`bars ${stillFor(servers.length)}`} role="img" aria-label=${t("barsOf", { count: offline })} onClick=${onClick} onPointerOver=${onPointerOver}>
    ${sections.map(
      ({ tag, label, bars }) => html`<section key=${tag} style=${{ "--n": bars.length }}>
        <div>
          ${bars.map(
            (one) => html`<i class=${`${one.state} ${stepOf(one.online ? Math.max(6, one.cpu) : 100)}`} data-id=${one.id}></i>`,
          )}
        </div>
        <small><bdi>${label || t("noTag")}</bdi></small>
      </section>`,
    )}
  </div>`;
}

function titleOf(server) {
  if (server.online) return `${server.label} · ${t("cpu")} ${percent(server.cpu)}`;
  return `${server.label} · ${server.seen ? t("offlineFor", { time: duration(server.silence) }) : t("waiting")}`;
}

function sectionsOf(servers, most) {
  const groups = Map.groupBy(servers, (server) => server.tag);
  const size = [1, 2, 5, 10, 20, 50, 100].find((count) => servers.length / count <= most) ?? 200;
  return [...groups].map(([tag, members]) => ({ tag, label: members[0].tagLabel, bars: worstOf(members, size) }));
}

function worstOf(members, size) {
  const found = [];
  let most = -1;
  members.forEach((one, index) => {
    if (index % size === 0) {
      found.push(one);
      most = rank(one);
    } else if (rank(one) > most) {
      found[found.length - 1] = one;
      most = rank(one);
    }
  });
  return found;
}

const rank = (one) => (one.state === "offline" ? 300 : one.state === "warn" ? 200 : 0) + (one.online ? one.cpu : 0);
