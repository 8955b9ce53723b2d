// data-fill="text" data-into="id": a click writes it into that field and goes there.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fill]");
  const field = button && document.getElementById(button.dataset.into);
  if (!field) return;
  field.value = button.dataset.fill;
  field.focus();
});
