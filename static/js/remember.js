// Radio buttons with data-remember="name" keep their choice on this device: the same shell is shown next time.
{
  const store = (name, value) => { try { localStorage.setItem(`choice:${name}`, value); } catch { /* private mode */ } };
  const stored = (name) => { try { return localStorage.getItem(`choice:${name}`); } catch { return null; } };
  const restore = () => document.querySelectorAll("input[data-remember]").forEach((radio) => { if (stored(radio.dataset.remember) === radio.value) radio.checked = true; });
  document.addEventListener("DOMContentLoaded", restore);
  document.addEventListener("change", (event) => {
    const name = event.target.dataset.remember;
    if (name) store(name, event.target.value);
  });
}
