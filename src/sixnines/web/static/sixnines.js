// The one script of the web page. It only adds comfort: every page can be read and every form be sent without it.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");

  // ---- light and dark: as the system has it until the reader chooses
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => { try { return localStorage.getItem("sixnines-theme"); } catch { return null; } };
  const isDark = () => (stored() || (dark.matches ? "dark" : "light")) === "dark";
  const paint = () => {
    if (stored()) root.dataset.theme = stored(); else delete root.dataset.theme;
    const button = document.getElementById("theme");
    if (button) { button.hidden = false; button.textContent = isDark() ? "Light" : "Dark"; }
    document.dispatchEvent(new CustomEvent("sixnines:theme"));
  };
  paint();
  dark.addEventListener("change", paint);

  // ---- times as the reader's clock shows them
  const localTimes = (within) => {
    for (const each of within.querySelectorAll("time[datetime]:not([data-shown])")) {
      const when = new Date(each.dateTime);
      if (Number.isNaN(when.getTime())) continue;
      each.dataset.shown = "";
      each.title = when.toLocaleString();
      const sameDay = when.toDateString() === new Date().toDateString();
      each.textContent = sameDay ? when.toLocaleTimeString([], { hourCycle: "h23" }) : when.toLocaleString([], { hourCycle: "h23" });
    }
  };

  // ---- forms that ask first
  const confirmed = new WeakSet();
  let asked = null;
  const ask = (form, submitter) => {
    asked = { form, submitter };
    document.getElementById("confirm-text").textContent = submitter?.dataset.confirm || form.dataset.confirm;
    document.getElementById("confirm").showModal();
  };
  // By the button, not by the dialog's event `close`: that comes late, and may be one of the question before.
  const answer = (event) => {
    if (event.submitter?.value !== "yes" || !asked) return;
    const { form, submitter } = asked;
    asked = null;
    confirmed.add(form);
    form.requestSubmit(submitter);
  };
  document.addEventListener("submit", (event) => {
    const form = event.target, submitter = event.submitter;
    if (!(form.dataset.confirm || submitter?.dataset.confirm) || confirmed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(form, submitter);
  }, true);

  document.addEventListener("DOMContentLoaded", () => {
    paint();
    document.querySelector("#confirm form").addEventListener("submit", answer);
    document.getElementById("theme").addEventListener("click", () => {
      try { localStorage.setItem("sixnines-theme", isDark() ? "light" : "dark"); } catch { /* not remembered then */ }
      paint();
    });
    const menu = document.getElementById("menu");
    if (menu) {
      menu.hidden = false;
      const open = (wanted) => {
        menu.setAttribute("aria-expanded", String(wanted));
        document.getElementById("nav").classList.toggle("open", wanted);
      };
      menu.addEventListener("click", () => open(menu.getAttribute("aria-expanded") !== "true"));
      document.addEventListener("keydown", (event) => { if (event.key === "Escape") open(false); });
    }
    localTimes(document);

    // ---- what refreshes itself (htmx): rests while nobody looks, and says when the gateway is gone
    const offline = (is) => { document.getElementById("offline").hidden = !is; };
    document.body.addEventListener("htmx:beforeRequest", (event) => {
      if (event.detail.requestConfig.verb !== "get") return;
      const selected = getSelection();
      const reading = !selected.isCollapsed && document.getElementById("main").contains(selected.anchorNode);
      if (document.hidden || reading) event.preventDefault();
    });
    // Said to who cannot see it, once and not every two seconds.
    const say = () => {
      const verdict = document.querySelector("[data-verdict]"), said = document.getElementById("said");
      if (verdict && said.textContent !== verdict.textContent) said.textContent = verdict.textContent;
    };
    document.body.addEventListener("htmx:sendError", () => offline(true));
    document.body.addEventListener("htmx:timeout", () => offline(true));
    document.body.addEventListener("htmx:responseError", (event) => {
      if (event.detail.xhr.status === 401) location.reload(); else offline(true);
    });
    document.body.addEventListener("htmx:afterSwap", () => { offline(false); localTimes(document); say(); });
  });
})();
