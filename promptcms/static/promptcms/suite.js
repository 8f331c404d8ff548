// The rows of checks: shows only the fields that the chosen type of check has.

const form = document.getElementById("suite");
// Not form.dataset: the form has a field of that name.
const kinds = form ? JSON.parse(form.getAttribute("data-kinds")) : {};

function show(row) {
  const type = row.querySelector("select").value;
  const has = kinds[type] || (type ? [] : ["value"]);
  for (const part of row.querySelectorAll("[data-for]")) {
    const wrong = part.querySelector(".error") !== null;
    part.hidden = !wrong && !part.dataset.for.split(" ").some((name) => has.includes(name));
  }
}

if (form) {
  for (const row of form.querySelectorAll(".check-row")) {
    show(row);
    row.querySelector("select").addEventListener("change", () => show(row));
  }
}
