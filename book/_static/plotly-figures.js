// Draws the figures that the page holds as data, in the colours of the page and as wide as its
// column, and again when one of these changes. Plotly itself is loaded when the first figure comes
// near the reader's window; one in a folded box does when the box is opened.
(() => {
  "use strict";

  const LIBRARY = new URL("plotly/plotly-basic.min.js", document.currentScript.src).href;
  const NEAR = "600px"; // about a screen ahead, so that a figure is there when the reader is

  // A figure is stored in the light colours of the palette; palette.js knows the dark ones.
  const COLOUR = /"#[0-9a-f]{6}"/g;
  const toDark = (quoted) => `"${window.darkOf[quoted.slice(1, -1)] ?? quoted.slice(1, -1)}"`;
  const root = document.documentElement;
  const isDark = () => root.dataset.theme === "dark";
  // A finger that drags scrolls the page; a mouse marks what to look at more closely.
  const dragmode = matchMedia("(pointer: coarse)").matches ? false : "zoom";

  // The colours and letters of the page, in the figure's template: what the figure sets itself wins.
  function adapt(template, figure) {
    const style = getComputedStyle(figure);
    const [ink, faint, ground] = ["--ink", "--faint", "--ground"].map((name) =>
      style.getPropertyValue(name).trim(),
    );
    const { layout, data } = template;
    Object.assign(layout.font, { color: ink, family: style.fontFamily });
    Object.assign(layout.hoverlabel, { bgcolor: ground, bordercolor: ink, font: { color: ink } });
    Object.assign(layout, { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)" });
    for (const axis of [layout.xaxis, layout.yaxis]) {
      Object.assign(axis, { gridcolor: faint, zerolinecolor: faint, linecolor: ink });
    }
    for (const trace of data.scatter) trace.marker.line.color = ground;
  }

  // On paper a figure is made to fit by CSS, for which its pictures need a frame of reference.
  function frame(stage, width, height) {
    for (const picture of stage.querySelectorAll(".main-svg")) {
      picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    }
  }

  async function draw(figure, stage, source) {
    const width = Math.floor(figure.clientWidth);
    if (!width) return;
    const { data, layout, config } = JSON.parse(isDark() ? source.replace(COLOUR, toDark) : source);
    adapt(layout.template, figure);
    Object.assign(layout, { width, dragmode, uirevision: "keep" });
    await window.Plotly.react(stage, data, layout, config);
    frame(stage, width, layout.height);
  }

  function begin(figure) {
    const source = figure.querySelector("script").textContent;
    const stage = document.createElement("div");
    let drawn = 0;
    const redraw = () => draw(figure, stage, source);
    figure.querySelector("p").replaceWith(stage);
    new ResizeObserver(() => {
      if (figure.clientWidth === drawn) return;
      drawn = figure.clientWidth;
      redraw();
    }).observe(figure);
    new MutationObserver(redraw).observe(root, { attributeFilter: ["data-theme"] });
  }

  // Where Plotly is missing, the words that stand in the figures' places stay.
  let loaded;
  const load = () =>
    (loaded ??= new Promise((resolve) => {
      const script = document.createElement("script");
      script.addEventListener("load", () => window.Plotly && resolve());
      script.src = LIBRARY;
      document.head.append(script);
    }));

  function wait(figure) {
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        load().then(() => begin(figure));
      },
      { rootMargin: NEAR },
    );
    observer.observe(figure);
  }

  for (const figure of document.querySelectorAll("div.plotly-figure")) wait(figure);
})();
