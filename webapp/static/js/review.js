// Takes the passage that is selected in the piece into the comment: a button is offered while one is selected. Without
// this script the passage is copied by hand. What is taken is the text of the page, as the server looks for it.
const piece = document.querySelector(".case-piece .paper");
const quote = document.querySelector("#quote");
const offer = document.querySelector("[data-pick]");

function selected() {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return "";
  const range = selection.getRangeAt(0);
  return piece.contains(range.commonAncestorContainer) ? range.toString().trim() : "";
}

if (piece && quote && offer) {
  const button = offer.querySelector("button");
  let passage = "";
  document.addEventListener("selectionchange", () => {
    const now = selected();
    if (document.activeElement === button && !now) return; // pressing it may end the selection before the click
    passage = now;
    offer.hidden = !passage;
  });
  button.addEventListener("pointerdown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    quote.value = passage;
    offer.hidden = true;
    quote.form.elements.words.focus();
  });
}
