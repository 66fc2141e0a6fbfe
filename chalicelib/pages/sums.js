// What all servers together do.
import { html } from "./html.js";
import { Bar, levelOf } from "./figures.js";
import { bytes, bytesOf, percent, share, speed } from "./text/format.js";
import { Icon } from "./site.js";
import { t } from "./text/strings.js";

/** sums: of servers_data.js. Shares are of the servers that are on: nobody knows what the others do. */
export function Sums({ sums }) {
  return html`<dl class="sums">
    <div>
      <dt>${t("online")}</dt>
      <dd class="big">${sums.on}<small> / ${sums.all}</small></dd>
      <dd><${Bar} share=${share(sums.on, sums.all)} /></dd>
    </div>
    <${Share} name="cpu" value=${sums.on ? sums.cpu / sums.on : 0} words=${t("onAverage")} />
    <${Share} name="memory" value=${share(sums.memoryUsed, sums.memory)} words=${bytesOf(sums.memoryUsed, sums.memory)} />
    <${Share} name="disk" value=${share(sums.diskUsed, sums.disk)} words=${bytesOf(sums.diskUsed, sums.disk)} />
    <${Pair} name="speed" down=${speed(sums.in)} up=${speed(sums.out)} words=${["download", "upload"]} />
    <${Pair} name="traffic" down=${bytes(sums.received)} up=${bytes(sums.sent)} words=${["received", "sent"]} />
  </dl>`;
}

function Share({ name, value, words }) {
  return html`<div class=${`share ${levelOf(value)}`}>
    <dt>${t(name)}</dt>
    <dd class="big">${percent(value)}<small>${words}</small></dd>
    <dd><${Bar} share=${value} /></dd>
  </div>`;
}

function Pair({ name, down, up, words }) {
  return html`<div>
    <dt>${t(name)}</dt>
    <dd class="pair"><${Icon} name="down" /><span class="unseen">${t(words[0])} </span>${down}</dd>
    <dd class="pair"><${Icon} name="up" /><span class="unseen">${t(words[1])} </span>${up}</dd>
  </div>`;
}
