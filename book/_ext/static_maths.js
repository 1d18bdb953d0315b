// Draws formulas: reads macros and formulas as JSON, and answers with a picture and words for each.
//
// MathJax sets the TeX; its nested groups become a flat list of glyphs, a third of the elements,
// that all point at one outline per glyph, which a page holds once. The words are those that the
// Speech Rule Engine has for the same tree.
"use strict";

const { mathjax } = require("mathjax-full/js/mathjax.js");
const { TeX } = require("mathjax-full/js/input/tex.js");
const { SVG } = require("mathjax-full/js/output/svg.js");
const { liteAdaptor } = require("mathjax-full/js/adaptors/liteAdaptor.js");
const { RegisterHTMLHandler } = require("mathjax-full/js/handlers/html.js");
const { AllPackages } = require("mathjax-full/js/input/tex/AllPackages.js");
const { SerializedMmlVisitor } = require("mathjax-full/js/core/MmlTree/SerializedMmlVisitor.js");
const speech = require("speech-rule-engine");

// These two would show a mistake in a formula as red text instead of reporting it.
const PACKAGES = AllPackages.filter((name) => !["noerrors", "noundefined"].includes(name));
const METRICS = [16, 8, 1280, Infinity, 1]; // em, ex, container, line and scale: MathJax's own
const VOICE = {
  locale: "en",
  domain: "clearspeak",
  modality: "speech",
  style: "VerticalLine_Given", // the bar of a conditional density, not "divides"
};

const adaptor = liteAdaptor();
RegisterHTMLHandler(adaptor);

// Numbers: tenths of MathJax's units, which are thousandths of an em.
const short = (value) => `${Math.round(value * 10) / 10 || 0}`;
const scaled = (value) => `${Math.round(value * 1000) / 1000}`;

// A place is a scale and then a shift: all that MathJax's groups ask for, a stray one apart.
const ORIGIN = { size: 1, x: 0, y: 0 };

function moved(place, transform = "") {
  const steps = [...transform.matchAll(/(\w+)\(([^)]*)\)/g)];
  return steps.reduce((at, [, kind, list]) => at && step(at, kind, list), place);
}

function step(at, kind, list) {
  const [first, second = kind === "scale" ? first : 0] = list.split(/[\s,]+/).map(Number);
  if (kind === "translate") {
    return { ...at, x: at.x + at.size * first, y: at.y + at.size * second };
  }
  return kind === "scale" && first === second ? { ...at, size: at.size * first } : null;
}

function transform({ size, x, y }) {
  const shift = x || y ? `translate(${short(x)},${short(y)})` : "";
  return shift + (size === 1 ? "" : `scale(${scaled(size)})`);
}

// Drawing: each function gives a list of elements in words.

const quote = (text) => text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
const write = (tag, attributes, inside = "") => {
  const all = Object.entries(attributes).filter(([, value]) => value !== "");
  const words = all.map(([name, value]) => ` ${name}="${quote(`${value}`)}"`).join("");
  return inside ? `<${tag}${words}>${inside}</${tag}>` : `<${tag}${words}/>`;
};

const attributesOf = (node) =>
  Object.fromEntries(adaptor.allAttributes(node).map(({ name, value }) => [name, value]));
const isPlain = (name) => name.startsWith("data-") || name === "transform";

function flatten(node, place) {
  const kind = adaptor.kind(node);
  if (kind === "#text") return quote(adaptor.value(node));
  const attributes = attributesOf(node);
  if (kind === "use") return glyph(attributes, place);
  if (kind === "rect" && !attributes.transform) return rule(attributes, place);
  const at = kind === "g" && Object.keys(attributes).every(isPlain);
  const inner = at && moved(place, attributes.transform);
  return inner ? flattenAll(node, inner) : keep(node, place);
}

const flattenAll = (node, place) =>
  adaptor.childNodes(node).map((child) => flatten(child, place)).join("");

const glyphName = (address) => address.replace(/^#MJX-(\d+-)?TEX-/, "mj-");

function glyph(attributes, place) {
  const href = `#${glyphName(attributes["xlink:href"])}`;
  const at = moved(place, attributes.transform);
  if (!at) return write("use", { href, transform: transform(place) + attributes.transform });
  const { size, x, y } = at;
  if (size !== 1) return write("use", { href, transform: transform({ size, x, y }) });
  return write("use", { href, x: x ? short(x) : "", y: y ? short(y) : "" });
}

function rule({ width, height, x = 0, y = 0, ...more }, { size, x: left, y: low }) {
  const corner = { x: short(left + size * x), y: short(low + size * y) };
  const all = { width: short(size * width), height: short(size * height), ...corner };
  return write("rect", { ...all, ...withoutData(more) });
}

const withoutData = (attributes) =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => !name.startsWith("data-")));

// What is more than a place (a colour, a link, a part cut out) stays as it is, inside its place.
function keep(node, place) {
  const inside = flattenAll(node, ORIGIN);
  const same = write(adaptor.kind(node), withoutData(attributesOf(node)), inside);
  return transform(place) ? write("g", { transform: transform(place) }, same) : same;
}

function picture(container, words) {
  const svg = adaptor.firstChild(container);
  const { style, width, height, viewBox } = attributesOf(svg);
  const group = adaptor.childNodes(svg).find((child) => adaptor.kind(child) === "g");
  const inside = write("g", { transform: "scale(1,-1)" }, flattenAll(group, ORIGIN));
  const named = { role: "img", "aria-label": words, fill: "currentColor" };
  return write("svg", { ...named, style: style.replace(/;$/, ""), width, height, viewBox }, inside);
}

function outlines(cache) {
  const all = adaptor.childNodes(cache).map((path) => attributesOf(path));
  return Object.fromEntries(all.map(({ id, d }) => [glyphName(`#${id}`), d]));
}

// TeX in, pictures and words out.

function fail(_jax, error) {
  throw error;
}

function prepare(macros) {
  const output = new SVG({ fontCache: "global" });
  const input = new TeX({ packages: PACKAGES, macros, formatError: fail });
  const page = mathjax.document("", { InputJax: input, OutputJax: output });
  return { page, output, visitor: new SerializedMmlVisitor() };
}

function draw({ page, visitor }, { tex, display }) {
  try {
    const item = new page.options.MathItem(tex, page.inputJax[0], display);
    item.setMetrics(...METRICS);
    item.compile(page);
    item.typeset(page);
    const words = speech.toSpeech(visitor.visitTree(item.root));
    return { svg: picture(item.typesetRoot, words) };
  } catch (error) {
    return { error: error.message };
  }
}

async function main() {
  const { macros, formulas } = JSON.parse(require("fs").readFileSync(0, "utf-8"));
  await speech.setupEngine(VOICE);
  await speech.engineReady();
  const tools = prepare(macros);
  const drawn = formulas.map((formula) => draw(tools, formula));
  const glyphs = outlines(tools.output.fontCache.getCache());
  process.stdout.write(JSON.stringify({ drawn, glyphs }));
}

main();
