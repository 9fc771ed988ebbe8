"use strict";
(() => {
  const narrow = window.matchMedia("(max-width: 640px)");
  const columns = (place) => Math.max(1, Math.floor(place.clientWidth / 175));
  const config = (place) => narrow.matches
    ? {
      axis: { labelFontSize: 11, titleFontSize: 11 },
      legend: { columns: 1, labelLimit: 280, layout: { bottom: { direction: "vertical", margin: 6, anchor: "start" } } },
    }
    : { legend: { columns: columns(place) } };
  const drawOne = async (figure) => {
    const spec = JSON.parse(figure.querySelector("script").textContent);
    const place = figure.querySelector(".chart");
    try {
      await vegaEmbed(place, spec, { ast: true, actions: false, renderer: "svg", config: config(place), tooltip: { theme: "light" } });
    } catch (error) {
      figure.dataset.failed = String(error);
      place.textContent = "This chart could not be drawn; the tables carry the same numbers.";
    }
  };
  const draw = () => Promise.all([...document.querySelectorAll("figure[data-chart]")].map(drawOne))
    .then(() => { document.body.dataset.ready = "true"; });
  narrow.addEventListener("change", draw);
  draw();
})();
