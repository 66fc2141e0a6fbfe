// A server's price, the date until which it is paid, and its traffic. Guests get this if the owner shows it.
import { bytesOf, number } from "../text/format.js";
import { currentLanguage, t } from "../text/strings.js";

const DAY = 86_400;
const SOON_DAYS = 30;
const SHOWN_DAYS = 120;
const PER = { month: "perMonth", quarter: "perQuarter", half_year: "perHalfYear", year: "perYear" };

/** {words, level} for a card: the price and the days left if they are few, otherwise the traffic; null without a plan. */
export function planText({ plan }, now) {
  if (!plan) return null;
  const left = daysLeft(plan, now);
  if (left !== null && left < SHOWN_DAYS) {
    const days = left < 0 ? t("planOver") : t("daysLeft", { count: left });
    return { words: [price({ ...plan, cycle: null }), days].filter(Boolean).join(" · "), level: left < SOON_DAYS ? "warn" : "" };
  }
  if (plan.traffic_limit > 0 && Number.isFinite(plan.traffic_used)) {
    return { words: bytesOf(plan.traffic_used, plan.traffic_limit), level: "" };
  }
  return price(plan) ? { words: price(plan), level: "" } : null;
}

/** Whole days until the plan ends, negative after that; null if it has no end. */
export function daysLeft({ expires }, now) {
  return expires ? Math.ceil((expires - now) / DAY) : null;
}

/** "€4.51" in the format of the current language, with the billing cycle if it is known; "" if there is no price. */
export function price({ price: amount, currency, cycle }) {
  if (amount === null || amount === undefined || amount === "") return "";
  const words = amountIn(amount, currency);
  return cycle in PER ? t(PER[cycle], { price: words }) : words;
}

function amountIn(amount, currency) {
  try {
    return new Intl.NumberFormat(currentLanguage(), {
      style: "currency",
      currency,
      currencyDisplay: "narrowSymbol",
      trailingZeroDisplay: "stripIfInteger",
    }).format(amount);
  } catch {
    return `${number(Number(amount) || 0, 2)} ${currency ?? ""}`.trim(); // not a currency's code
  }
}
