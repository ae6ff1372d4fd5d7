// Shows the course of a change while it happens. Without it the form is sent as it is, and the page after it tells the same.
"use strict";
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.dataset.follow) return;
  event.preventDefault();
  const place = document.getElementById(form.dataset.follow), list = place.querySelector("ul");
  place.hidden = false;
  list.replaceChildren();
  place.querySelector(".notice")?.remove();
  const button = form.querySelector("button");
  button.disabled = true;
  const leaving = (leave) => leave.preventDefault();
  addEventListener("beforeunload", leaving);
  const end = (tone, text) => {
    const notice = document.createElement("div");
    notice.className = `notice ${tone}`;
    notice.textContent = text;
    const again = document.createElement("a");
    again.href = "/ui/revisions";
    again.className = "button";
    again.textContent = "To the revisions";
    place.append(notice, again);
    again.focus();
  };
  place.querySelector("a")?.remove();
  try {
    const body = new URLSearchParams(new FormData(form));
    body.set("follow", "1");
    const answer = await fetch(form.action, { method: "POST", body, headers: { "hx-request": "true" } });
    if (!answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      end("bad", page.querySelector("[role=alert]")?.textContent || "The gateway refused this.");
      return;
    }
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "", ended = false;
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines.filter(Boolean)) {
        const told = JSON.parse(line);
        ended = ended || told.is_end;
        if (told.is_end) { end(told.tone, told.text); continue; }
        const item = document.createElement("li");
        item.className = told.tone;
        item.textContent = told.text;
        list.append(item);
      }
    }
    if (!ended) end("bad", "The gateway did not say how it ended: look at the revisions.");
  } catch {
    end("bad", "The gateway does not answer: look at the revisions once it does.");
  } finally {
    removeEventListener("beforeunload", leaving);
    button.disabled = false;
  }
});
