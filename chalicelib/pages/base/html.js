// Views: Preact's functions with htm's templates, under one name.
import { Fragment, createElement, render } from "../vendor/preact.js";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/hooks.js";
import htm from "../vendor/htm.js";

const html = htm.bind(createElement);

/** The same view, drawn again only after one of its properties or the page's language has changed. */
export function memo(view) {
  return function Memo(props) {
    const { lang } = document.documentElement;
    this.shouldComponentUpdate = (next) => lang !== document.documentElement.lang || differ(props, next);
    return view(props);
  };
}

function differ(old, next) {
  const names = Object.keys(next);
  return names.length !== Object.keys(old).length || names.some((name) => old[name] !== next[name]);
}

export { Fragment, html, render, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState };
