// The rows of checks: shows only the fields that the chosen type of check has.

function show(row, kinds) {
  const type = row.querySelector("select").value;
  const has = kinds[type] || (type ? [] : ["value"]);
  for (const part of row.querySelectorAll("[data-for]")) {
    const wrong = part.querySelector(".error") !== null;
    part.hidden = !wrong && !part.dataset.for.split(" ").some((name) => has.includes(name));
  }
}

for (const rows of document.querySelectorAll("[data-checks]")) {
  const kinds = JSON.parse(rows.dataset.kinds);
  for (const row of rows.querySelectorAll(".check-row")) show(row, kinds);
  rows.addEventListener("change", ({ target }) => {
    const row = target.closest(".check-row");
    if (row) show(row, kinds);
  });
}
