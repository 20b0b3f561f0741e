"use strict";
// Comfort only: everything works without this file.
(() => {
  const form = document.querySelector("form[data-decide]");
  if (form) {
    const chosen = () => (form.querySelector("input[type=radio][name=action]:checked") || {}).value;
    const show = () => {
      const action = chosen();
      for (const field of form.querySelectorAll("[data-actions]")) {
        const named = field.dataset.actions.split(" ").includes(action);
        const fits = named || (!action && !field.matches("fieldset"));
        field.hidden = !fits;
        for (const input of field.querySelectorAll("input, select")) input.disabled = !fits;
      }
    };
    form.addEventListener("change", show);
    show();
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.ctrlKey) {
        event.preventDefault();
        form.requestSubmit(form.querySelector("button[name=do]"));
      }
    });
  }
  const rows = [...document.querySelectorAll("a.row")];
  document.addEventListener("keydown", (event) => {
    const at = rows.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (at < 0 || !step || event.altKey || event.ctrlKey || event.metaKey) return;
    const next = rows[at + step];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  });
  const problems = document.getElementById("problems");
  if (problems) problems.focus();
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
})();
