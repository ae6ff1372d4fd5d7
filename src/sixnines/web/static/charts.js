// Charts that go on: one question every two seconds for all of them, none while nobody looks.
"use strict";
(() => {
  const EVERY_MS = 2000;
  const holder = document.getElementById("charts");
  if (!holder || typeof uPlot === "undefined") return;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const shown = (value, unit) => {
    if (value === null || value === undefined) return "-";
    if (unit === "ms") return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
    return Number.isInteger(value) ? value.toLocaleString("en") : value.toFixed(1);
  };

  class Chart {
    constructor(element) {
      this.element = element;
      this.names = element.dataset.series.split(" ");
      this.unit = element.dataset.unit;
      this.legend = element.parentElement.querySelector(".legend");
      this.label = element.getAttribute("aria-label");
      this.plot = null;
      this.data = null;
      new ResizeObserver(() => this.plot?.setSize(this.size())).observe(element);
    }

    size() { return { width: Math.max(200, this.element.clientWidth), height: this.element.clientHeight || 176 }; }

    options() {
      const colours = this.element.dataset.colours.split(" ").map((each) => colour(`--series-${each}`));
      const line = colour("--line"), muted = colour("--muted"), kind = this.element.dataset.kind;
      const axis = { stroke: muted, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
      const bars = kind === "bars" ? uPlot.paths.bars({ size: [0.72, 22] }) : undefined;
      return {
        ...this.size(),
        legend: { show: false },
        cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
        padding: [8, 8, 0, 0],
        hooks: { setCursor: [(plot) => this.tell(plot.cursor.idx)] },
        scales: { x: { range: () => this.window() }, y: { range: (_, least, most) => [0, Math.max(most || 0, this.unit === "ms" ? 10 : 1) * 1.08] } },
        axes: [
          { ...axis, grid: { show: false }, size: 28, space: 70, values: (_, ticks) => ticks.map((each) => new Date(each * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })) },
          { ...axis, size: 62, space: 34, values: (_, ticks) => ticks.map((each) => shown(each, this.unit)) },
        ],
        series: [{}, ...this.names.map((name, index) => ({
          label: name, stroke: colours[index], width: kind === "bars" ? 0 : 2, paths: bars,
          fill: kind === "bars" ? colours[index] : kind === "area" ? `color-mix(in srgb, ${colours[index]} 22%, transparent)` : undefined,
          points: { show: kind === "bars" ? false : (plot, at) => alone(plot.data[at]), size: 5, fill: colours[index] },
        }))],
      };
    }

    // The hour; of a gateway that was started within it, the time of which anything is known: ten minutes at least.
    window() {
      const at = this.found.at, last = at.length - 1;
      const known = at.findIndex((_, index) => this.found.total[index] !== null || this.found.total_p50[index] !== null);
      return [at[Math.min(known < 0 ? 0 : known, last - 10)] - 30, at[last] + 30];
    }

    draw() {
      if (!this.data) return;
      this.plot?.destroy();
      this.plot = new uPlot(this.options(), this.data, this.element);
    }

    take(found) {
      this.found = found;
      this.data = [found.at, ...this.names.map((name) => found[name])];
      if (this.plot) this.plot.setData(this.data); else this.draw();
      this.tell(this.plot.cursor.idx);
    }

    // What is under the pointer, or else the last minute.
    tell(index) {
      if (!this.found) return;
      const hovered = index !== null && index !== undefined;
      const at = hovered ? index : this.found.at.length - 1;
      const said = [];
      for (const place of this.legend.querySelectorAll("[data-value]")) {
        const name = place.dataset.value;
        const value = name === "bad" ? less(this.found.total[at], this.found.good[at]) : this.found[name][at];
        place.textContent = shown(value, this.unit);
        said.push(place.parentElement.textContent);
      }
      const when = new Date(this.found.at[at] * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
      this.legend.querySelector(".when").textContent = hovered ? when : "this minute";
      if (!hovered) this.element.setAttribute("aria-label", `${this.label}; this minute: ${said.join(", ")}`);
    }
  }

  const less = (total, good) => (total === null || good === null ? null : total - good);
  // A line has no length where only single minutes are known: there it gets points.
  const alone = (values) => values.some((value, at) => value !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null);

  const charts = [...holder.querySelectorAll(".chart")].map((each) => new Chart(each));
  const ask = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(holder.dataset.source, { headers: { accept: "application/json" } });
      if (!answer.ok) return; // the rest of the page says so
      const found = await answer.json();
      for (const each of charts) each.take(found);
    } catch { /* the gateway is away: the page says so */ }
  };
  const redraw = () => { for (const each of charts) each.draw(); };
  document.addEventListener("sixnines:theme", redraw);
  document.addEventListener("visibilitychange", ask);
  ask();
  setInterval(ask, EVERY_MS);
})();
