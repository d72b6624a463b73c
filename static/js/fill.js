// Ready-made words for a field.
//   data-fills="id"   on a group of buttons: pressing one puts its words into that field, after what stands there
export function initFills() {
  document.querySelectorAll("[data-fills]").forEach((group) => {
    group.hidden = false;
    group.addEventListener("click", ({ target }) => {
      const field = document.getElementById(group.dataset.fills);
      const words = target.closest("button")?.textContent.trim();
      if (!words || field.value.includes(words)) return;
      field.value = field.value ? `${field.value}；${words}` : words;
      field.focus();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
  });
}
