// The current language, and its texts.
import { remember, remembered } from "../base/storage.js";

/**
 * Every language, by its tag: its own name, the site's setting for it, and the files with its texts for all pages and for
 * the admin pages.
 */
const LANGUAGES = {
  en: {
    name: "English",
    setting: "en",
    pages: () => [import("./en/pages.js"), import("./en/errors.js")],
    admin: () => [import("./en/admin.js"), import("./en/alerts.js")],
  },
  "zh-CN": {
    name: "简体中文",
    setting: "zh",
    pages: () => [import("./zh/pages.js"), import("./zh/errors.js")],
    admin: () => [import("./zh/admin.js"), import("./zh/alerts.js")],
  },
  "zh-TW": {
    name: "繁體中文",
    setting: "zh-TW",
    pages: () => [import("./zh_tw/pages.js"), import("./zh_tw/errors.js")],
    admin: () => [import("./zh_tw/admin.js"), import("./zh_tw/alerts.js")],
  },
  ru: {
    name: "Русский",
    setting: "ru",
    pages: () => [import("./ru/pages.js"), import("./ru/errors.js")],
    admin: () => [import("./ru/admin.js"), import("./ru/alerts.js")],
  },
  de: {
    name: "Deutsch",
    setting: "de",
    pages: () => [import("./de/pages.js"), import("./de/errors.js")],
    admin: () => [import("./de/admin.js"), import("./de/alerts.js")],
  },
};

export const languageNames = () => Object.entries(LANGUAGES).map(([tag, { name }]) => [tag, name]);
export const siteLanguages = () => Object.values(LANGUAGES).map(({ name, setting }) => [setting, name]);

const root = document.documentElement;
const listeners = new Set();
let admin = "admin" in root.dataset; // whether to load the texts of the admin pages, too
let texts = {};
let numbers;
let plurals;

/** Resolves when the texts of the language that before.js chose are loaded. Nothing may be drawn earlier. */
export const ready = apply(currentLanguage());

/** The tag of the current language, such as "zh-CN". */
export function currentLanguage() {
  return root.lang;
}

/**
 * The text for this key. {name} in it is replaced by values.name, with numbers in the language's format. values.count
 * selects the form of a text with plural forms.
 */
export function t(key, values = {}) {
  const text = texts[key];
  const form = typeof text === "string" ? text : (text[plurals.select(values.count)] ?? text.other);
  return form.includes("{") ? form.replace(/\{(\w+)\}/g, (_, name) => shown(values[name])) : form;
}

/** Whether there is such a text. */
export const has = (key) => Object.hasOwn(texts, key);

const shown = (value) => (typeof value === "number" ? numbers.format(value) : String(value));

/** Changes to the language that a visitor chose. */
export function chooseLanguage(tag) {
  remember("language", tag);
  delete root.dataset.siteLanguage;
  return apply(tag);
}

/** Resolves when the texts of the admin pages are loaded, too, for dialogs that public pages show to the owner. */
export function withAdminTexts() {
  if (admin) return Promise.resolve();
  admin = true;
  return apply(currentLanguage());
}

/** Follows the site's setting, for visitors who chose no language and whose browser requests none that we have. */
export function siteLanguage(setting) {
  const tag = Object.keys(LANGUAGES).find((one) => LANGUAGES[one].setting === setting);
  if (!tag || tag === remembered("site-language")) return;
  remember("site-language", tag);
  if ("siteLanguage" in root.dataset) apply(tag);
}

/** Calls a listener after every change of the language. Returns a function that stops that. */
export function onLanguage(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

async function apply(tag) {
  const language = LANGUAGES[tag];
  const loaded = await Promise.all([...language.pages(), ...(admin ? language.admin() : [])]);
  texts = Object.assign({}, ...loaded.map(({ TEXTS }) => TEXTS));
  numbers = new Intl.NumberFormat(tag);
  plurals = new Intl.PluralRules(tag);
  root.lang = tag;
  for (const listener of listeners) listener();
}
