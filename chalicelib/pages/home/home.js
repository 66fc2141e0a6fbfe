// The home page: totals, servers that need attention, and all servers.
import { html, useMemo } from "../base/html.js";
import { useScrollBack } from "../base/address.js";
import { useLater } from "../base/later.js";
import { useView } from "../base/view.js";
import { groupsOf, ordered, select, totals } from "../figures/servers.js";
import { Fades } from "../figures/sparks.js";
import { Empty } from "../frame/notices.js";
import { t } from "../text/strings.js";
import { clearFilter, filterIn, isFiltered } from "./filter.js";
import { List } from "./list.js";
import { Overview } from "./overview.js";
import { Toolbar } from "./toolbar.js";
import { Trouble } from "./trouble.js";

/** data: from data.js. query: URLSearchParams. */
export function Home({ data, query }) {
  const filter = useMemo(() => filterIn(query), [query.toString()]);
  const view = useView();
  const Cards = useLater(filter.view === "cards", async () => (await import("./cards.js")).Cards);
  const groups = useMemo(() => groupsOf(data.servers), [data]);
  const counts = useMemo(() => totals(data.servers), [data]);
  const selected = useMemo(() => select(data.servers, filter), [data, filter]);
  const found = useMemo(() => ordered(selected, filter.order, filter.reverse), [selected, filter]);
  const sums = useMemo(() => (isFiltered(filter) ? totals(selected) : counts), [selected, filter]);
  useScrollBack(data.servers.length > 0 && (filter.view !== "cards" || Cards !== null));
  if (!data.servers.length) return html`<${Nothing} signedIn=${data.signedIn} />`;
  const shown = { servers: found, groups, filter, view, data };
  return html`
    <h1 class="unseen">${t("servers")}</h1>
    <${Fades} />
    <${Overview} servers=${found} sums=${sums} spark=${data.spark} />
    <${Trouble} servers=${data.servers} data=${data} narrow=${view.narrow} />
    <${Toolbar} groups=${groups} filter=${filter} counts=${counts} view=${view} />
    ${found.length === 0
      ? html`<${Empty} title=${t("nothingFound")} hint=${t("nothingFoundHint")}>
          <button class="button" type="button" onClick=${clearFilter}>${t("clearFilters")}</button>
        <//>`
      : filter.view === "cards"
        ? Cards && html`<${Cards} ...${shown} />`
        : html`<${List} ...${shown} />`}
    ${isFiltered(filter) && found.length > 0 && html`<p class="unseen" role="status">${t("matches", { count: found.length })}</p>`}
  `;
}

function Nothing({ signedIn }) {
  const View = useLater(true, async () => (await import("../frame/welcome.js")).welcome());
  return View && html`<${View} signedIn=${signedIn} />`;
}
