"use strict";
(() => {
  const narrow = window.matchMedia("(max-width: 640px)");
  const options = (columns) => ({
    ast: true,
    actions: false,
    renderer: "svg",
    tooltip: { theme: "light" },
    config: {
      axis: narrow.matches ? { labelFontSize: 11, titleFontSize: 11 } : {},
      legend: { columns, labelLimit: narrow.matches ? 280 : 420, layout: { bottom: { direction: "vertical", margin: 6, anchor: "start" } } },
    },
  });
  const overflows = (place) => {
    const edge = place.getBoundingClientRect().right + 1;
    return [...place.querySelectorAll(".role-legend text")].some((text) => text.getBoundingClientRect().right > edge);
  };
  // As many columns of the legend as fit.
  const embed = async (place, spec) => {
    let columns = narrow.matches ? 1 : 6;
    await vegaEmbed(place, spec, options(columns));
    while (columns > 1 && overflows(place)) {
      columns -= 1;
      await vegaEmbed(place, spec, options(columns));
    }
  };
  const drawOne = async (figure) => {
    const place = figure.querySelector(".chart");
    try {
      await embed(place, JSON.parse(figure.querySelector("script").textContent));
    } catch (error) {
      figure.dataset.failed = String(error);
      place.textContent = "This chart could not be drawn; the tables carry the same numbers.";
    }
  };
  const draw = () => Promise.all([...document.querySelectorAll("figure[data-chart]")].map(drawOne))
    .then(() => { document.body.dataset.ready = "true"; });
  const reveal = () => {
    const part = document.getElementById(location.hash.slice(1))?.closest("details");
    if (part && !part.open) {
      part.open = true;
      document.getElementById(location.hash.slice(1)).scrollIntoView();
    }
  };
  const closed = () => [...document.querySelectorAll("details:not([open])")];
  let opened = [];
  window.addEventListener("beforeprint", () => { opened = closed(); opened.forEach((part) => { part.open = true; }); });
  window.addEventListener("afterprint", () => opened.forEach((part) => { part.open = false; }));
  window.addEventListener("hashchange", reveal);
  reveal();
  narrow.addEventListener("change", draw);
  draw();
})();
