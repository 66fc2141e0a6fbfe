// The language in force, and its texts.
import { remember, remembered } from "../base/storage.js";

/** Every language that there is, by its tag: its own name, the site's setting for it, and where its texts are. */
const LANGUAGES = {
  en: { name: "English", setting: "en", load: () => import("./en.js") },
  "zh-CN": { name: "简体中文", setting: "zh", load: () => import("./zh.js") },
  "zh-TW": { name: "繁體中文", setting: "zh-TW", load: () => import("./zh_tw.js") },
  ru: { name: "Русский", setting: "ru", load: () => import("./ru.js") },
  de: { name: "Deutsch", setting: "de", load: () => import("./de.js") },
};

export const languageNames = () => Object.entries(LANGUAGES).map(([tag, { name }]) => [tag, name]);
export const siteLanguages = () => Object.values(LANGUAGES).map(({ name, setting }) => [setting, name]);

const root = document.documentElement;
const listeners = new Set();
let texts = {};
let numbers;
let plurals;

/** Resolves when the texts of the language that before.js chose are there. Nothing may be drawn earlier. */
export const ready = apply(currentLanguage());

/** The tag of the language in force, such as "zh-CN". */
export function currentLanguage() {
  return root.lang;
}

/**
 * The text under this key. {name} in it is replaced by values.name, numbers as the language writes them; a text with
 * plural forms goes by values.count.
 */
export function t(key, values = {}) {
  const text = texts[key];
  const form = typeof text === "string" ? text : (text[plurals.select(values.count)] ?? text.other);
  return form.replace(/\{(\w+)\}/g, (_, name) => shown(values[name]));
}

/** Whether there is such a text. */
export const has = (key) => Object.hasOwn(texts, key);

const shown = (value) => (typeof value === "number" ? numbers.format(value) : String(value));

/** A visitor's choice. */
export function chooseLanguage(tag) {
  remember("language", tag);
  delete root.dataset.siteLanguage;
  return apply(tag);
}

/** The site's setting counts for visitors who chose nothing and whose browser asks for no language that we have. */
export function siteLanguage(setting) {
  const tag = Object.keys(LANGUAGES).find((one) => LANGUAGES[one].setting === setting);
  if (!tag || tag === remembered("site-language")) return;
  remember("site-language", tag);
  if ("siteLanguage" in root.dataset) apply(tag);
}

/** Calls back after every change; the result stops that. */
export function onLanguage(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

async function apply(tag) {
  const loaded = await LANGUAGES[tag].load();
  texts = loaded.TEXTS;
  numbers = new Intl.NumberFormat(tag);
  plurals = new Intl.PluralRules(tag);
  root.lang = tag;
  for (const listener of listeners) listener();
}
