"use strict";
// Elements, numbers and colours. Text from runs reaches the page through text nodes and attributes alone, never as HTML.

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") node.style.cssText = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  node.append(...children.flat());
  return node;
}

const byId = (id) => document.getElementById(id);

// Each value once, in the order they first appear.
function distinct(values) {
  return [...new Set(values)];
}

// ---- numbers as a reader wants them

const missing = (value) => value === null || value === undefined || Number.isNaN(value);

function count(value) {
  return missing(value) ? "–" : Math.round(value).toLocaleString("en-US");
}

// About `digits` significant digits; small and large ones as 2.0e-4.
function number(value, digits = 3) {
  if (missing(value)) return "–";
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size >= 1e5 || size < 1e-3) return value.toExponential(Math.max(0, digits - 2));
  if (size >= 1000) return count(value);
  return String(Number(value.toPrecision(digits)));
}

// For an axis: 50,000 as 50k.
function axisNumber(value) {
  const size = Math.abs(value);
  if (size >= 1e7) return `${Number((value / 1e6).toPrecision(3))}M`;
  return size >= 1e4 ? `${Number((value / 1e3).toPrecision(4))}k` : number(value, 3);
}

const percent = (share, decimals = 1) => (missing(share) ? "–" : (100 * share).toFixed(decimals));

function signed(value, decimals = 1) {
  const shown = Math.abs(value).toFixed(decimals);
  return (Number(shown) === 0 ? "±" : value > 0 ? "+" : "−") + shown;
}

function duration(seconds) {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, "0")} s`;
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")} min`;
}

// ---- colours that colour-blind readers tell apart (Okabe and Ito), a little lighter in the dark

const palettes = {
  light: ["#0072b2", "#d55e00", "#009e73", "#cc6fa0", "#b98500", "#3a9bd0", "#6b6b6b", "#7a4fc0"],
  dark: ["#56b4e9", "#ff8a4c", "#2ec79b", "#e796c0", "#e9b434", "#8fd0f5", "#b5b5b5", "#b493f0"],
};
const levelPalettes = { // from easy to hard
  light: ["#2166ac", "#3da0b8", "#5aae3f", "#d99000", "#c8321f", "#7b1f6b", "#555555", "#111111"],
  dark: ["#6aa9f0", "#55c6dc", "#8fd66b", "#f2b83a", "#ff7b64", "#d98bd0", "#aaaaaa", "#eeeeee"],
};
const viewColour = { text: 0, caption: 1, image: 2 };

const theme = () => document.documentElement.dataset.theme;
const colour = (index) => palettes[theme()][index % 8];
const levelColour = (level, levels) =>
  levelPalettes[theme()][levels <= 5 ? Math.round((level * 4) / Math.max(1, levels - 1)) : level % 8];
const cssColour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function debounce(milliseconds, act) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...given), milliseconds);
  };
}

// A select of [value, shown] pairs.
function select(choices, value, onChange) {
  const node = el("select", { onchange: () => onChange(node.value) },
    choices.map(([v, shown]) => el("option", { value: v, selected: String(v) === String(value) }, shown)));
  return node;
}
