// The playground: a conversation that lives in this page alone. Answers are shown as they come, as text and never as HTML.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const byId = (id) => document.getElementById(id);
  const form = byId("composer");
  if (!form) return;
  const question = byId("question"), log = byId("log"), stopButton = byId("stop"), sendButton = byId("send");
  const token = byId("providers").dataset.token;
  let said = [], stopping = null;

  const element = (name, text, kind = "") => {
    const made = document.createElement(name);
    made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };
  const badge = (text, kind) => element("span", text, `badge plain ${kind}`);
  const seconds = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`);
  // The end of the log is followed unless the reader has scrolled away from it.
  const following = (change) => {
    const follows = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    change();
    if (follows) log.scrollTop = log.scrollHeight;
  };
  const busy = (is) => {
    stopButton.hidden = !is;
    sendButton.disabled = is;
    log.setAttribute("aria-busy", String(is));
  };

  const showQuestion = (text) => {
    byId("empty")?.remove();
    const shown = element("article", "", "said question");
    shown.append(element("h2", "You", "sr"), element("p", text, "text"));
    following(() => log.append(shown));
    return shown;
  };
  const showAnswer = () => {
    const shown = byId("answer").content.firstElementChild.cloneNode(true);
    following(() => log.append(shown));
    const part = (kind) => shown.querySelector(kind);
    part(".who").append(element("span", "Waiting for the first word …", "muted"));
    return {
      shown,
      who: (told) => following(() => {
        part(".who").replaceChildren(...[
          told.provider ? badge(told.provider, "good") : null,
          told.model ? element("span", told.model, "muted") : null,
          Number(told.attempts) > 1 ? badge(`${told.attempts} attempts`, "warn") : null,
          told.fallback ? badge(`fell back: ${told.fallback}`, "warn") : null,
        ].filter(Boolean));
      }),
      text: (more) => following(() => { part(".text").textContent += more; }),
      thought: (more) => following(() => {
        part(".thought").hidden = false;
        part(".thought p").textContent += more;
      }),
      failed: (message) => following(() => {
        const notice = element("p", message, "notice bad");
        notice.setAttribute("role", "alert");
        part(".text").after(notice);
      }),
      figures: (words, request) => following(() => {
        part(".figures").textContent = words;
        if (!request) return;
        const link = element("a", "trail");
        link.href = `/ui/requests/${encodeURIComponent(request)}`;
        part(".figures").append(words ? " · " : "", link);
      }),
      tried: (lines) => following(() => {
        const list = element("ul", "");
        list.append(...lines.map((each) => element("li", each)));
        part(".tried").replaceChildren(list);
      }),
    };
  };

  const number = (id) => (byId(id).value === "" ? null : Number(byId(id).value));
  const asked = () => {
    const system = byId("system").value.trim();
    const wanted = { model: byId("model").value, messages: said };
    if (system) wanted.messages = [{ role: "system", content: system }, ...said];
    if (number("max-tokens") !== null) wanted.max_tokens = number("max-tokens");
    if (number("temperature") !== null) wanted.temperature = number("temperature");
    return wanted;
  };

  async function* linesOf(answer) {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      yield* lines.filter(Boolean).map((line) => JSON.parse(line));
    }
  }

  const ask = async () => {
    stopping = new AbortController();
    const answer = showAnswer(), began = performance.now();
    const state = { text: "", first: null, head: {}, trail: null, failed: false, stopped: false };
    busy(true);
    try {
      const reply = await fetch("/ui/playground", {
        method: "POST", body: JSON.stringify(asked()), signal: stopping.signal,
        headers: { "content-type": "application/json", "x-sixnines-form": token, "hx-request": "true" },
      });
      if (!reply.ok) {
        const page = new DOMParser().parseFromString(await reply.text(), "text/html");
        throw new Error(page.querySelector("[role=alert]")?.textContent || "The gateway refused this.");
      }
      for await (const told of linesOf(reply)) {
        if (told.type === "head") { state.head = told; answer.who(told); }
        if (told.type === "piece") {
          state.first ??= performance.now() - began;
          state.text += told.text;
          if (told.text) answer.text(told.text);
          if (told.thought) answer.thought(told.thought);
        }
        if (told.type === "failed") { state.failed = true; answer.failed(told.message); }
        if (told.type === "trail") { state.trail = told; answer.who({ ...state.head, provider: told.provider, model: told.model }); }
      }
    } catch (problem) {
      state.stopped = problem.name === "AbortError";
      state.failed = !state.stopped;
      if (state.failed) answer.failed(problem instanceof TypeError ? "The gateway does not answer." : problem.message);
    }
    const total = performance.now() - began, tokens = state.trail?.completion_tokens;
    const words = [];
    if (state.stopped) words.push("stopped");
    if (state.first !== null) words.push(`first token after ${seconds(state.first)}`);
    words.push(`${seconds(total)} in all`);
    if (tokens) words.push(`${tokens} tokens`);
    if (tokens > 1 && total > state.first) words.push(`${(1000 * (tokens - 1) / (total - state.first)).toFixed(1)} tokens/s`);
    answer.figures(words.join(" · "), state.head.request);
    if (state.trail && (state.trail.tried.length > 1 || state.failed)) answer.tried(state.trail.tried);
    if (state.stopped && !state.head.request) answer.who({});
    busy(false);
    stopping = null;
    return state;
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = question.value.trim();
    if (stopping || !text) return;
    const conversation = said;
    showQuestion(text);
    question.value = "";
    said.push({ role: "user", content: text });
    const state = await ask();
    if (said !== conversation) return;  // another one was begun meanwhile
    if (state.text) said.push({ role: "assistant", content: state.text });
    else {  // nobody said anything: it may be asked again as it was
      said.pop();
      if (!question.value) question.value = text;
    }
    question.focus();
  });
  question.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  stopButton.addEventListener("click", () => stopping?.abort());
  byId("clear").addEventListener("click", () => {
    stopping?.abort();
    said = [];
    log.replaceChildren();
    question.focus();
  });
});
