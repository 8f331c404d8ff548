// Try it: sends the editor's form, then asks how far the answers are and shows what came.

import { freshToken, send, whyNot } from "./editor/requests.js";

const PAUSE = 700; // milliseconds between two looks
const LONGEST_PAUSE = 4000;
const SLOWER = 1.25; // each look that finds nothing new is followed by a longer pause

class TryOut {
  constructor(panel) {
    this.panel = panel;
    this.form = panel.closest("form");
    this.find = (name) => panel.querySelector(`[data-${name}]`);
    this.asking = false; // is a new try-out on its way to the server?
    this.running = false; // are there answers to come?
    this.turn = 0; // answers to the looks of an earlier try-out are ignored
    this.listen();
    this.count();
    if (panel.dataset.last) this.follow({ url: panel.dataset.last });
  }

  listen() {
    // What is chosen here is no part of the text: the editor need not hear of it.
    for (const kind of ["input", "change"]) {
      this.panel.addEventListener(kind, (event) => {
        event.stopPropagation();
        this.count();
      });
    }
    this.panel.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("input")) return;
      event.preventDefault(); // or the editor would save a version
      const keep = event.target.closest("[data-keep]");
      (keep ? keep.querySelector("[data-keep-save]") : this.find("try")).click();
    });
    this.find("try").addEventListener("click", () => this.start());
    this.find("try-cancel").addEventListener("click", () => this.cancel());
    this.panel.addEventListener("click", (event) => {
      const button = event.target.closest("[data-keep-save]");
      if (button) this.keep(button.closest("[data-keep]"));
    });
    // The answers move into a wide window and back; they stay the same elements.
    const wide = this.find("try-wide");
    this.find("try-open").addEventListener("click", () => {
      wide.append(this.find("try-answers"));
      wide.showModal();
    });
    this.find("try-close").addEventListener("click", () => wide.close());
    wide.addEventListener("close", () => wide.before(this.find("try-answers")));
    document.addEventListener("variables", ({ detail }) => {
      this.asksForQuery = detail.some((variable) => variable.name === "query");
      this.count();
    });
    setInterval(() => this.tick(), 1000);
  }

  // How many cases are chosen; the field for the user's words only where they go somewhere.
  count() {
    const most = Number(this.panel.dataset.most);
    const chosen = this.panel.querySelectorAll("[data-try-cases] input:checked").length;
    this.find("try-count").textContent = `${chosen} chosen, at most ${most}`;
    this.find("try-count").classList.toggle("is-bad", chosen > most);
    const typed = this.panel.querySelector("[name=try_typed]").checked;
    this.find("try-says").hidden = !typed || this.asksForQuery;
  }

  async start() {
    if (this.asking) return; // the second click of a double click
    this.asking = true;
    this.turn += 1; // whatever runs ends when the server hears of this one
    this.fail("");
    this.say("Sending …");
    this.since = performance.now();
    this.running = true;
    this.tick();
    const answer = await send(this.form, this.panel.dataset.url).catch(() => ({ status: 0 }));
    this.asking = false;
    if (answer.status === 200) {
      this.find("try-answers").replaceChildren();
      this.show(answer.body);
      this.bringUp();
      if (this.running) this.follow(answer.body, PAUSE);
    } else {
      this.say("");
      this.running = false;
      this.find("try-seconds").textContent = "";
      this.fail(answer.body?.message || `Nothing was sent: ${whyNot(answer.status)}.`);
      if (this.last) this.follow(this.last); // what ran before goes on
    }
  }

  // Looks again and again until everything is there, soon at first and then less often.
  async follow(found, pause = 0) {
    const turn = (this.turn += 1);
    this.last = found;
    let stamp = found.stamp || "";
    this.running = true; // until an answer says otherwise
    while (this.running) {
      await new Promise((done) => setTimeout(done, document.hidden ? LONGEST_PAUSE : pause));
      if (turn !== this.turn) return;
      const answer = await this.ask(`${found.url}?stamp=${encodeURIComponent(stamp)}`);
      if (turn !== this.turn) return;
      if (answer.status === 200) {
        pause = answer.body.stamp === stamp ? Math.min(pause * SLOWER, LONGEST_PAUSE) : PAUSE;
        pause = Math.max(pause, PAUSE);
        stamp = answer.body.stamp;
        this.show(answer.body);
      } else if (answer.status === 404) {
        this.running = false; // forgotten after a week
        this.find("try-cancel").hidden = true;
        return;
      } else {
        pause = LONGEST_PAUSE;
        this.say(`The answers go on without this page, but ${whyNot(answer.status)}.`);
      }
    }
  }

  // Resolves to {status, body}; 0 means that nobody answered, 401 that a sign-in page came.
  async ask(address, options = {}) {
    try {
      const response = await fetch(address, { credentials: "same-origin", ...options });
      const isJson = (response.headers.get("Content-Type") || "").startsWith("application/json");
      if (!isJson) return { status: response.redirected ? 401 : response.status };
      return { status: response.status, body: await response.json() };
    } catch {
      return { status: 0 };
    }
  }

  post(address, data) {
    freshToken(this.form);
    data.append("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken.value);
    return this.ask(address, { method: "POST", body: data });
  }

  async cancel() {
    const answer = await this.post(this.cancelAddress, new FormData());
    if (answer.status !== 200) {
      this.fail(answer.body?.message || `Not cancelled: ${whyNot(answer.status)}.`);
      return;
    }
    this.turn += 1;
    this.show(answer.body);
    this.find("try").focus();
  }

  show(body) {
    this.running = body.running;
    this.cancelAddress = body.cancel;
    this.last = body;
    this.since = performance.now() - body.seconds * 1000;
    this.find("try-cancel").hidden = !body.running;
    this.say(body.headline);
    if (body.html) this.draw(body.html);
    this.tick();
    if (!body.running) this.find("try-seconds").textContent = `took ${body.seconds} s`;
  }

  // Scrolls the column, not the page, so that the answers stand right below the button.
  bringUp() {
    const column = this.panel.parentElement;
    if (column.scrollHeight <= column.clientHeight) return;
    const button = this.find("try").getBoundingClientRect();
    column.scrollTop += button.top - column.getBoundingClientRect().top - 8;
  }

  tick() {
    if (!this.running) return;
    const seconds = Math.round((performance.now() - this.since) / 1000);
    this.find("try-seconds").textContent = `${seconds} s`;
  }

  // Puts in the parts that changed; the others keep what is open or typed in them.
  draw(html) {
    this.find("try-open").hidden = false;
    const place = this.find("try-answers");
    const template = document.createElement("template");
    template.innerHTML = html; // rendered and escaped by the server
    for (const part of template.content.querySelectorAll("[data-part]")) {
      const old = place.querySelector(`[data-part="${part.dataset.part}"]`);
      if (!old) place.append(part);
      else if (old.dataset.stamp !== part.dataset.stamp) old.replaceWith(part);
    }
  }

  // Saves one case of the try-out into the golden dataset.
  async keep(details) {
    const data = new FormData();
    for (const field of details.querySelectorAll("[name]")) data.append(field.name, field.value);
    data.append("keep_number", details.dataset.keepNumber);
    const button = details.querySelector("[data-keep-save]");
    const said = details.querySelector("[data-keep-said]");
    button.disabled = true;
    const answer = await this.post(details.dataset.keep, data);
    button.disabled = answer.status === 200; // saved once is enough
    said.className = answer.status === 200 ? "" : "errors";
    said.textContent = answer.body?.message || `Not saved: ${whyNot(answer.status)}.`;
    if (answer.body?.url) {
      const link = document.createElement("a");
      link.href = answer.body.url;
      link.target = "_blank"; // the text that is being written stays open
      link.textContent = "See the dataset (new tab)";
      said.append(" ", link);
    } else if (answer.body?.field === "case_id") {
      details.querySelector("[name=keep_id]").focus();
    }
  }

  // Said by screen readers too, so only when it is something else than before.
  say(text) {
    const status = this.find("try-status");
    if (status.textContent !== text) status.textContent = text;
  }

  fail(text) {
    const place = this.find("try-error");
    place.textContent = text;
    if (text) place.scrollIntoView({ block: "nearest" });
  }
}

const panel = document.querySelector("[data-try-out]");
if (panel) new TryOut(panel);
