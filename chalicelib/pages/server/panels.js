// The charts of a server's own figures, from the columns of /api/history.
import { html, useMemo } from "../base/html.js";
import { condensed, daysUntil, perSecond, summaryOf } from "../charts/columns.js";
import { useContinued } from "../charts/seen.js";
import { PERCENT, mirrored, ofWhole, upTo } from "../charts/scales.js";
import { Arrow } from "../figures/marks.js";
import { bytes, bytesIn, bytesOf, count, load, number, percent, share, speed } from "../text/format.js";
import { currentLanguage, t } from "../text/strings.js";
import { Panel } from "./panel.js";
import { RANGES } from "./ranges.js";

const TALL = 138;
const LOW = 84;

/** children: shown between the large charts and the small ones. */
export function Panels({ server, history, range, from, to, cursor, events, rules, onZoom, children }) {
  const known = useContinued(history, server);
  const columns = useMemo(() => condensed(known, from, to), [known, from, to]);
  const specs = useMemo(
    () => specsOf({ server, columns, range, from, to, spans: spansOf(events, rules, to) }),
    [server, columns, range, from, to, events, rules, currentLanguage()],
  );
  const show = (spec) => html`<${Panel} key=${spec.id} spec=${spec} cursor=${cursor} onZoom=${onZoom} />`;
  return html`${specs.filter((spec) => spec.height === TALL).map(show)} ${children} ${specs.filter((spec) => spec.height === LOW).map(show)}`;
}

/** Small charts are three to a row, or two if three would leave a gap. */
function sizeOf(index, count) {
  if (count === 1) return "wide";
  const inThrees = count % 3 === 0 ? count : count % 3 === 2 ? count - 2 : count - 4;
  return index < inThrees ? "third" : "";
}

/** The conditions that a chart is about, if their names differ from the chart's. */
const ABOUT = {
  memory: ["memory", "swap"],
  speed: ["net_in", "net_out", "net_all"],
  load: ["load1", "load5", "load15"],
  connections: ["tcp", "udp"],
};

/** Returns a function for a chart's ID: when rules with its conditions fired. rules: none for guests, so none are shown. */
function spansOf(events, rules, to) {
  const types = new Map((rules ?? []).map((rule) => [rule.id, rule.conditions.map((one) => one.type)]));
  return (id) => {
    const about = ABOUT[id] ?? [id];
    const concerns = (event) => types.get(event.rule_id)?.some((type) => about.includes(type));
    return events.filter(concerns).map((one) => ({ from: one.began, to: one.ended ?? to, level: "warn" }));
  };
}

/** The text of the highest of these figures. Those of a longer step than a minute are means over it. */
const highestOf = ({ columns }, value) => t(columns.averaged ? "maxAvgOf" : "maxOf", { value });

function specsOf(shown) {
  const { columns } = shown;
  const measured = (name) => columns[name]?.some((value) => value !== null);
  const lower = [
    measured("load1") && small(shown, "load", "load1", { color: "load", text: load, now: (one) => one.Load1 }),
    (measured("tcp") || measured("udp")) && connections(shown),
    measured("processes") && small(shown, "processes", "processes", { color: "load", text: count, now: (one) => one.ProcessCount }),
    measured("temperature") && temperature(shown),
    measured("gpu") && gpu(shown),
  ].filter(Boolean);
  const sized = lower.map((spec, index) => ({ ...spec, size: sizeOf(index, lower.length) }));
  return [cpu(shown), memory(shown), network(shown), disk(shown), ...sized];
}

/** What all charts of a server have in common. */
function common({ server, columns, from, to, spans }, id) {
  const offline = server.state === "offline";
  return {
    id,
    at: columns.at,
    step: columns.step,
    from,
    to,
    spans: spans(id),
    lostAt: offline ? server.last_active : null,
    height: TALL,
    gutter: 48,
    label: t("chartOf", { title: t(id) }),
    title: t(id),
    offline,
  };
}

/** The note in a chart's heading. For an offline server, it tells that the value is an old one. */
const noteOf = (base, words) => (base.offline ? t("lastKnownShort") : words);

const read = (value, more, words = value) => ({ value, more, words });

/** The highest figure of a point, if it looks higher than the mean that is shown; otherwise "". */
function peak(most, shown, text) {
  const words = most === null || most === undefined ? "" : text(most);
  return words === "" || words === shown ? "" : t("maxOf", { value: words });
}

function cpu(shown) {
  const base = common(shown, "cpu");
  const { cpu: values, cpu_max: most } = shown.columns;
  const { mean } = summaryOf(values);
  return {
    ...base,
    color: "cpu",
    scale: PERCENT,
    lostText: t("noData"),
    series: [
      { name: t("cpu"), values, upto: most, color: "cpu", fill: true },
    ],
    rest: read(percent(shown.server.cpu)),
    read: (index) => (values[index] === null ? read("–") : read(percent(values[index]), most?.[index] === null ? "" : t("maxOf", { value: percent(most[index]) }))),
    note: noteOf(base, mean === null ? "" : t("avgAndMax", { avg: percent(mean), max: percent(summaryOf(most ?? values).most) })),
  };
}

function memory(shown) {
  const base = common(shown, "memory");
  const { host, status } = shown.server;
  const { mem_used: used, swap_used: swap } = shown.columns;
  const hasSwap = host.SwapTotal > 0 && swap?.some((value) => value !== null);
  const inPercent = (value) => percent(share(value, host.MemTotal));
  const both = (value, other, most) =>
    value === null
      ? read("–")
      : read(inPercent(value), [bytesOf(value, host.MemTotal), hasSwap && other !== null && t("swapOf", { amount: bytes(other) }), peak(most, inPercent(value), inPercent)].filter(Boolean).join(", "));
  return {
    ...base,
    color: "memory",
    scale: ofWhole(Math.max(host.MemTotal, hasSwap ? host.SwapTotal : 0)),
    series: [
      { name: t("memory"), short: "", values: used, color: "memory", fill: true },
      ...(hasSwap ? [{ name: t("swap"), short: "", values: swap, color: "swap", dash: true }] : []),
    ],
    rest: read(percent(shown.server.memory), bytesOf(status.MemUsed, host.MemTotal)),
    read: (index) => both(used[index], swap?.[index] ?? null, shown.columns.most.mem_used?.[index]),
    note: noteOf(base, hasSwap ? t("swapOf", { amount: bytesOf(status.SwapUsed, host.SwapTotal) }) : ""),
  };
}

function network(shown) {
  const base = common(shown, "speed");
  const { net_in: inBytes, net_out: outBytes, net_in_speed_max: mostIn, net_out_speed_max: mostOut, covered } = shown.columns;
  const [received, sent] = [perSecond(inBytes, covered), perSecond(outBytes, covered)];
  const { NetInSpeed, NetOutSpeed } = shown.server.status;
  const sum = (values) => values.reduce((total, value) => total + (value ?? 0), 0);
  const range = t(RANGES[shown.range].words);
  return {
    ...base,
    gutter: 64,
    scale: mirrored(summaryOf(received).most, summaryOf(sent).most),
    series: [
      { name: t("received"), short: "↓", values: received, color: "in", fill: true },
      { name: t("sent"), short: "↑", values: sent, color: "out", fill: true, sign: -1 },
    ],
    lines: (index) => [
      { name: t("received"), color: "in", ...atMost(received[index], mostIn?.[index]) },
      { name: t("sent"), color: "out", ...atMost(sent[index], mostOut?.[index]) },
    ],
    rest: rates(NetInSpeed, NetOutSpeed),
    read: (index) => (received[index] === null ? read("–") : rates(received[index], sent[index], mostIn?.[index], mostOut?.[index])),
    note: noteOf(base, t("amountIn", { amount: bytes(sum(inBytes) + sum(outBytes)), range })),
  };
}

const atMost = (value, most) => (value === null ? read("–") : read(speed(value), peak(most, speed(value), speed)));

/** Both directions in the unit of the larger one, with the maximum of each if it is known. */
function rates(received, sent, mostIn = null, mostOut = null) {
  const unit = bytesIn(Math.max(received, sent))[1];
  const amount = (value) => bytesIn(value, unit)[0];
  const most = mostIn === null || mostOut === null ? "" : t("maxOf", { value: `${amount(mostIn)} / ${amount(mostOut)}` });
  return {
    value: html`<${Arrow} way="in" />${amount(received)} <${Arrow} way="out" />${amount(sent)}`,
    more: [t("perSecond", { amount: unit }), most].filter(Boolean).join(" · "),
    words: [`${t("received")} ${speed(received)}`, `${t("sent")} ${speed(sent)}`, most].filter(Boolean).join(", "),
  };
}

function disk(shown) {
  const base = common(shown, "disk");
  const { host, status } = shown.server;
  const { disk_used: used, at } = shown.columns;
  const days = daysUntil(host.DiskTotal, at, used);
  return {
    ...base,
    gutter: 64,
    color: "disk",
    scale: ofWhole(host.DiskTotal),
    series: [{ name: t("disk"), values: used, color: "disk", fill: true }],
    rest: read(percent(shown.server.disk), bytesOf(status.DiskUsed, host.DiskTotal)),
    read: (index) => (used[index] === null ? read("–") : read(percent(share(used[index], host.DiskTotal)), bytesOf(used[index], host.DiskTotal))),
    note: noteOf(base, days === null ? "" : t("fullIn", { count: days })),
  };
}

function small(shown, id, column, { color, text, now, scale }) {
  const values = shown.columns[column];
  const highest = shown.columns.most[column];
  const base = common(shown, id);
  const { most } = summaryOf(values);
  return {
    ...base,
    height: LOW,
    gutter: 38,
    color,
    scale: scale ?? upTo(most),
    series: [{ name: t(id), values, color, fill: true }],
    rest: read(text(now(shown.server.status))),
    read: (index) => (values[index] === null ? read("–") : read(text(values[index]), peak(highest[index], text(values[index]), text))),
    note: noteOf(base, most === null ? "" : highestOf(shown, text(most))),
  };
}

function connections(shown) {
  const { tcp, udp } = shown.columns;
  const spec = small(shown, "connections", "tcp", { color: "connections", text: count, now: (one) => one.TcpConnCount });
  if (!udp?.some((value) => value > 0)) return spec;
  const both = (a, b, most) => read(count(a), [t("udpOf", { count: Math.round(b ?? 0) }), peak(most, count(a), count)].filter(Boolean).join(", "));
  return {
    ...spec,
    series: [{ ...spec.series[0], name: "TCP" }, { name: "UDP", values: udp, color: "connections", dash: true }],
    rest: both(shown.server.status.TcpConnCount, shown.server.status.UdpConnCount),
    read: (index) => (tcp[index] === null ? read("–") : both(tcp[index], udp[index], shown.columns.most.tcp[index])),
  };
}

function temperature(shown) {
  const values = shown.columns.temperature;
  const degrees = (value) => `${number(Math.min(value, 9999))} °C`;
  const known = values.filter((value) => value !== null);
  const scale = upTo(Math.max(...known), { least: Math.min(...known), suffix: " °C", fewest: 20 });
  const hottest = (one) => Math.max(...(one.Temperatures ?? []).map((sensor) => sensor.Temperature), -Infinity);
  const now = (one) => (Number.isFinite(hottest(one)) ? hottest(one) : known.at(-1));
  return { ...small(shown, "temperature", "temperature", { color: "temperature", text: degrees, now, scale }), gutter: 48 };
}

function gpu(shown) {
  const spec = small(shown, "gpu", "gpu", { color: "gpu", text: percent, now: (one) => one.GPU, scale: PERCENT });
  return { ...spec, gutter: 44 };
}
