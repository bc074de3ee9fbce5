/** Blocks in pages of twelve: a page out of view is not laid out, which per single block would cost more than it saves. */

const BLOCKS_A_PAGE = 12;

export class Pages {
  #root;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
  }

  /** @param {HTMLElement} block */
  append(block) {
    let page = this.#root.lastElementChild;
    if (!page || page.children.length >= BLOCKS_A_PAGE) {
      page = document.createElement("div");
      page.className = "answer-page";
      this.#root.append(page);
    }
    page.append(block);
  }

  /** @param {HTMLElement} block must be the last one */
  remove(block) {
    const page = block.parentElement;
    block.remove();
    if (page && !page.firstElementChild) page.remove();
  }

  clear() {
    this.#root.replaceChildren();
  }
}
