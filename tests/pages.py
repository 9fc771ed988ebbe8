"""What tests of pages in a browser share."""

from __future__ import annotations

CLIPPED = """() => {
  const wide = document.documentElement.clientWidth;
  const outside = (e) => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && (box.right > wide + 1 || box.left < -1);
  };
  const words = (e) => `${e.tagName} ${(e.textContent || "").trim().slice(0, 40)}`;
  const page = [...document.querySelectorAll("body *")].filter((e) => !e.closest("thead") && outside(e)).map(words);
  const charts = [...document.querySelectorAll("figure svg")].flatMap((svg) => {
    const frame = svg.getBoundingClientRect();
    return [...svg.querySelectorAll("text")].filter((t) => {
      const box = t.getBoundingClientRect();
      return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
    }).map((t) => `${svg.closest("figure").id}: ${t.textContent}`);
  });
  const cut = [...document.querySelectorAll("figure svg text")].filter((t) => t.textContent.endsWith("\\u2026"))
    .map((t) => `${t.closest("figure").id}: ${t.textContent}`);
  return [...page, ...charts, ...cut];
}"""
"""What reaches over the page's or its chart's edge, or was cut short."""
