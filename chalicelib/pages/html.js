// Views: Preact's functions with htm's templates, under one name.
import { Fragment, createElement, render } from "./preact.js";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./hooks.js";
import htm from "./htm.js";

const html = htm.bind(createElement);

export { Fragment, html, render, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState };
