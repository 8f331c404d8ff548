// The rows of checks: shows the fields that the chosen type has, says what it is for with an
// example to take over, and adds a row without a reload.

class Rows {
  constructor(root) {
    this.root = root;
    this.guide = JSON.parse(root.dataset.guide);
    this.list = root.querySelector("[data-check-rows]");
    for (const row of this.rows()) this.show(row);
    this.list.addEventListener("change", ({ target }) => this.changed(target));
    this.list.addEventListener("click", ({ target }) => {
      if (target.matches("[data-check-example]")) this.takeOver(target.closest(".check-row"));
    });
    root.querySelector("[data-check-add]").addEventListener("click", (event) => {
      event.preventDefault(); // without this script the server adds one
      this.add();
    });
  }

  rows() {
    return this.list.querySelectorAll(".check-row");
  }

  type(row) {
    return this.field(row, "type").value;
  }

  field(row, name) {
    return row.querySelector(`[name$="-${name}"]`);
  }

  changed(target) {
    const row = target.closest(".check-row");
    if (target === this.field(row, "type")) this.show(row);
    if (target === this.field(row, "DELETE")) row.classList.toggle("taken-out", target.checked);
  }

  show(row) {
    const type = this.guide[this.type(row)];
    const has = type ? type.fields : ["value"];
    for (const part of row.querySelectorAll("[data-for]")) {
      const wrong = part.querySelector(".error") !== null;
      part.hidden = !wrong && !part.dataset.for.split(" ").some((name) => has.includes(name));
    }
    this.label(row, "text", type?.asks || "Text");
    for (const [name, words] of [["min", "At least"], ["max", "At most"]]) {
      this.label(row, name, type?.unit ? `${words}, ${type.unit}` : words);
    }
    row.classList.toggle("taken-out", this.field(row, "DELETE")?.checked || false);
    this.explain(row.querySelector("[data-check-help]"), type);
  }

  label(row, name, words) {
    const field = this.field(row, name);
    row.querySelector(`label[for="${field.id}"]`).textContent = words;
  }

  explain(place, type) {
    place.replaceChildren();
    if (!type) return;
    const help = document.createElement("p");
    help.textContent = type.help;
    const example = document.createElement("p");
    example.className = "muted";
    example.append(`Example: ${type.example}. ${type.passes} passes. ${type.fails} fails. `);
    if (Object.keys(type.fill).length) {
      const take = document.createElement("button");
      take.type = "button";
      take.className = "linklike";
      take.dataset.checkExample = "";
      take.textContent = "Fill in the example";
      example.append(take);
    }
    place.append(help, example);
  }

  takeOver(row) {
    for (const [name, value] of Object.entries(this.guide[this.type(row)].fill)) {
      this.field(row, name).value = value;
    }
    this.field(row, "type").dispatchEvent(new Event("input", { bubbles: true }));
  }

  add() {
    const total = this.root.querySelector('[name$="-TOTAL_FORMS"]');
    const number = Number(total.value);
    const template = this.root.querySelector("[data-check-blank]").innerHTML;
    const place = document.createElement("template");
    place.innerHTML = template.replaceAll("__prefix__", number).replaceAll("__number__", number + 1);
    const row = place.content.firstElementChild;
    this.list.append(row);
    total.value = number + 1;
    this.show(row);
    this.field(row, "type").focus();
  }
}

for (const root of document.querySelectorAll("[data-checks]")) new Rows(root);
