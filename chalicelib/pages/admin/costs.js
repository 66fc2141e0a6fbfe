// What the dashboard costs this month.
import { html } from "../base/html.js";
import { useOptional } from "../base/optional.js";
import { dollars, moment } from "../text/format.js";
import { t } from "../text/strings.js";

const SECONDS = 600;

export function Costs() {
  const cost = useOptional("api/cost", SECONDS);
  if (!cost) return null;
  return html`<section class="card settings costs">
    <h2>${t("costs")}</h2>
    ${cost.bill
      ? html`<${Bill} bill=${cost.bill} ceiling=${cost.ceiling} notifies=${cost.notifies} />`
      : html`<p class="hint">${t(cost.local ? "costsLocal" : "costsNone")}</p>`}
  </section>`;
}

function Bill({ bill, ceiling, notifies }) {
  const { at, prices, parts, cost, list_price: list } = bill;
  return html`
    <table>
      <thead>
        <tr><td></td><th scope="col">${t("costsSoFar")}</th><th scope="col">${t("costsByEnd")}</th></tr>
      </thead>
      <tbody>
        ${byService(parts).map(([service, sum]) => html`<${Line} key=${service} words=${service} sum=${sum} />`)}
      </tbody>
      <tfoot>
        <${Line} words=${t("costsTotal")} sum=${cost} />
        <${Line} words=${t("costsWithoutFree")} sum=${list} />
      </tfoot>
    </table>
    ${ceiling > 0 && html`<p class="hint">${t("costsCeiling", { dollars: dollars(ceiling) })}${" "}${t(notifies ? "costsNotifies" : "costsSilent")}</p>`}
    <p class="hint">${t("costsHint", { time: moment(at), region: prices.region, checked: prices.checked })}</p>
  `;
}

const Line = ({ words, sum }) =>
  html`<tr><th scope="row">${words}</th><td>${dollars(sum.so_far)}</td><td>${dollars(sum.by_end)}</td></tr>`;

/** [service, {so_far, by_end}], in the order of the parts. */
function byService(parts) {
  const sums = new Map();
  for (const { service, cost } of parts) {
    const sum = sums.get(service) ?? { so_far: 0, by_end: 0 };
    sums.set(service, { so_far: sum.so_far + cost.so_far, by_end: sum.by_end + cost.by_end });
  }
  return [...sums];
}
