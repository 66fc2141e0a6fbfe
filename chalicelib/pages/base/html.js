// Views: Preact's functions with htm's templates, under one name.
import { Fragment, createElement, render } from "../vendor/preact.js";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/hooks.js";
import htm from "../vendor/htm.js";

const html = htm.bind(createElement);

export { Fragment, html, render, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState };
