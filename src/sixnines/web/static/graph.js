// Shows what a box of the routing graph is connected with while the pointer or the keyboard is on it. Comfort only.
"use strict";
(() => {
  const clear = () => {
    for (const each of document.querySelectorAll("svg.graph.focused, svg.graph .lit")) each.classList.remove("focused", "lit");
  };
  const light = (node) => {
    clear();
    const svg = node.closest("svg.graph");
    if (!svg) return;
    svg.classList.add("focused");
    node.classList.add("lit");
    for (const edge of svg.querySelectorAll(".edge")) {
      if (edge.dataset.from !== node.id && edge.dataset.to !== node.id) continue;
      edge.classList.add("lit");
      for (const end of [edge.dataset.from, edge.dataset.to]) document.getElementById(end)?.classList.add("lit");
    }
  };
  const at = (event) => event.target instanceof Element ? event.target.closest("svg.graph a.node") : null;
  for (const kind of ["pointerover", "focusin"]) {
    document.addEventListener(kind, (event) => { const node = at(event); if (node) light(node); else clear(); });
  }
  document.addEventListener("focusout", clear);
  document.addEventListener("htmx:afterSettle", () => {
    const node = document.activeElement?.closest("svg.graph a.node");
    if (node) light(node);
  });
})();
