// The wall, "/?wall": every server on one screen, for reading from afar. Nothing scrolls, and the pointer hides.
import { html, useEffect, useMemo, useState } from "../base/html.js";
import { href } from "../base/address.js";
import { unitNow, useView } from "../base/view.js";
import { Dot, Flag, Meter, Rates } from "../figures/marks.js";
import { byTag, levelOf, totals } from "../figures/servers.js";
import { Fades, Spark } from "../figures/sparks.js";
import { Mark, useTitle } from "../frame/frame.js";
import { Empty } from "../frame/notices.js";
import { Bars } from "../home/overview.js";
import { colorOf } from "../home/row.js";
import { duration, hourAndMinute, label, milliseconds, number, percent, roughly } from "../text/format.js";
import { t } from "../text/strings.js";
import { fit } from "./fit.js";

const IDLE_SECONDS = 3;
const CLOCK_SECONDS = 5;

export function Page({ data }) {
  const { width, height } = useView();
  const servers = useMemo(() => byTag(data.servers), [data]);
  const idle = useIdle();
  const sums = useMemo(() => totals(servers), [servers]);
  const shape = useMemo(
    () => fit(servers.length, width * 0.976, height * 0.895, ownScale(width)),
    [servers.length, width, height],
  );
  useDark();
  useTitle(label(data.siteName, "Nezha"), sums.offline);
  return html`<main id="content" class=${`screen ${shape?.kind ?? ""} ${idle ? "idle" : ""}`}>
    <${Fades} />
    <${Board} data=${data} sums=${sums} />
    ${servers.length === 0 && html`<${Empty} title=${t("noServers")} />`}
    ${shape
      ? html`<div class="tiles" style=${{ "--c": shape.columns, "--r": shape.rows, "--u": `${shape.unit.toFixed(2)}px` }}>
          ${servers.map((server, index) => {
            const [before, after] = [servers[index - 1], servers[index + 1]];
            const end = after?.tag !== server.tag || (index + 1) % shape.columns === 0;
            return html`<${Tile} key=${server.id} server=${server} data=${data} kind=${shape.kind} first=${before?.tag !== server.tag} end=${end} />`;
          })}
        </div>`
      : html`<${Bars} servers=${servers} offline=${sums.offline} all />`}
  </main>`;
}

function Board({ data, sums }) {
  const offline = data.servers.filter((one) => one.state === "offline");
  const firing = data.servers.filter((one) => one.state === "warn");
  return html`<div class="board">
    <h1><${Mark} down=${sums.offline > 0} /><bdi>${label(data.siteName, "Nezha")}</bdi></h1>
    <div class="alerts">
      ${offline.length > 0 &&
      html`<span class="chip bad"><${Dot} state="offline" /><bdi>${t("areOffline", { names: offline.slice(0, 12).map((one) => one.label).join(", ") })}</bdi></span>`}
      ${firing.slice(0, 12).map((one) => html`<span class="chip warn" key=${one.id}><${Dot} state="warn" /><bdi>${one.label} · ${label(one.events[0].rule)}</bdi></span>`)}
    </div>
    <div><b>${number(sums.online)}</b><span class="muted">${t("ofAllOnline", { count: sums.all })}</span></div>
    <div><b class=${levelOf(sums.cpu)}>${percent(sums.cpu)}</b><span class="muted">${t("cpu")}</span></div>
    <div><${Rates} received=${sums.in} sent=${sums.out} /></div>
    <${Clock} />
  </div>`;
}

function Clock() {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const ticking = setInterval(() => setNow(Date.now()), 1000 * CLOCK_SECONDS);
    return () => clearInterval(ticking);
  }, []);
  return html`<time>${hourAndMinute(now / 1000)}</time>`;
}

function Tile({ server, data, kind, first, end }) {
  const { cpu, memory, disk, status } = server;
  const spark = data.spark?.get(server.id);
  const state = { offline: "is-offline", warn: "is-warn" }[server.state] ?? "";
  return html`<article class=${`card tile ${state} ${end ? "end" : ""}`}>
    ${first && html`<span class="tag"><bdi>${server.tagLabel}</bdi></span>`}
    <header>
      <${Dot} state=${server.state} /><${Flag} code=${server.host.CountryCode} />
      <a href=${href(`server/${server.id}`)}><bdi>${server.label}</bdi></a>
      ${server.online && html`<small>${roughly(status.Uptime)}</small>`}
    </header>
    ${server.online
      ? html`<div class="now">
            <b class=${levelOf(cpu)}>${number(cpu, cpu < 9.95 ? 1 : 0)}<i>% ${t("cpu")}</i></b>
            ${spark && html`<${Spark} values=${spark.cpu} color=${colorOf(cpu)} floor=${45} />`}
          </div>
          ${kind !== "tiny" && html`<${Mini} memory=${memory} disk=${disk} dense=${kind === "dense"} />`}
          ${kind === "full" &&
          html`<footer>
            <${Rates} received=${status.NetInSpeed} sent=${status.NetOutSpeed} />
            ${server.latency !== null && html`<span class="late">${milliseconds(server.latency)}</span>`}
          </footer>`}`
      : html`<div class="gone">
          <b>${server.seen ? duration(server.silence) : "–"}</b>
          <span>${server.seen ? t("offlineSince", { time: hourAndMinute(server.last_active) }) : t("waiting")}</span>
        </div>`}
  </article>`;
}

function Mini({ memory, disk, dense }) {
  return html`<div class="mini">
    <span>${t(dense ? "memoryShort" : "memory")}</span><${Meter} value=${memory} kind="memory" />
    ${!dense && html`<b class=${levelOf(memory)}>${percent(memory)}</b>`}
    <span>${t("disk")}</span><${Meter} value=${disk} kind="disk" />
    ${!dense && html`<b class=${levelOf(disk)}>${percent(disk)}</b>`}
  </div>`;
}

/** How much larger than usual the reader's text is. From 2,200 pixels on, everything grows with the screen anyway. */
function ownScale(width) {
  const grown = Math.max(1, width / 2200);
  return unitNow() > 1.01 * grown ? unitNow() : 1;
}

/** Dark, unless the visitor chose a theme. */
function useDark() {
  useEffect(() => {
    const { dataset } = document.documentElement;
    if (dataset.theme) return undefined;
    dataset.theme = "dark";
    return () => delete dataset.theme;
  }, []);
}

function useIdle() {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    let timer = 0;
    const wake = () => {
      clearTimeout(timer);
      setIdle(false);
      timer = setTimeout(() => setIdle(true), 1000 * IDLE_SECONDS);
    };
    wake();
    window.addEventListener("pointermove", wake);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("pointermove", wake);
    };
  }, []);
  return idle;
}
