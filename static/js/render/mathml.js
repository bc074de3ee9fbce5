/**
 * Temml's tree of a formula to DOM, by allow-lists: its own writer would set `style` attributes, which the page's
 * policy blocks, and an `id` from `\label`, which is model text.
 */

const MATHML = "http://www.w3.org/1998/Math/MathML";
const MAX_DEPTH = 120;

const ELEMENTS = new Set(
  "math maction menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none semantics"
    .split(" "),
);
const ATTRIBUTES = new Set(
  "accent accentunder columnalign columnlines columnspacing columnspan depth display displaystyle fence form height largeop linebreak linethickness lspace mathbackground mathcolor mathsize mathvariant maxsize minsize movablelimits notation rowlines rowspacing rspace scriptlevel separator stretchy symmetric voffset width"
    .split(" "),
);
const STYLES = new Set(
  "border border-bottom border-left border-right border-top bottom color display font-family font-style font-weight height justify-content left margin-left math-depth padding padding-bottom padding-left padding-right padding-top position right text-align transform white-space width"
    .split(" "),
);
const HARMLESS = /^(?!.*url)[\w\s#%.,+()'"-]{1,80}$/i;
// Two places of Temml write CSS text; they are the only values it ever takes.
const CSS_TEXT = new Map([["text-align: left;", ["text-align", "left"]], ["font-weight:bold", ["font-weight", "bold"]]]);

/**
 * @typedef {object} Branch
 * @property {string} [type]
 * @property {string} [text]
 * @property {Branch[]} [children]
 * @property {string[]} [classes]
 * @property {Record<string, unknown>} [attributes]
 * @property {Record<string, unknown>} [style]
 */

/**
 * @param {Branch} branch
 * @param {number} depth
 * @returns {Node}
 */
function toNode(branch, depth) {
  if (typeof branch.text === "string" && !branch.children) return document.createTextNode(branch.text);
  const children = depth < MAX_DEPTH ? (branch.children ?? []).map((child) => toNode(child, depth + 1)) : [];
  if (!branch.type || !ELEMENTS.has(branch.type)) {
    const fragment = document.createDocumentFragment();
    fragment.append(...children);
    return fragment;
  }
  const element = /** @type {MathMLElement} */ (document.createElementNS(MATHML, branch.type));
  const classes = (branch.classes ?? []).filter((name) => /^[\w-]+$/.test(name));
  if (classes.length) element.setAttribute("class", classes.join(" "));
  setAttributes(element, branch.attributes ?? {});
  for (const [name, value] of Object.entries(branch.style ?? {})) setStyle(element, name, value ?? "");
  element.append(...children);
  return element;
}

/**
 * @param {MathMLElement} element
 * @param {Record<string, unknown>} attributes
 */
function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    const text = String(value);
    if (name === "style") {
      const [property, setting] = CSS_TEXT.get(text) ?? ["", ""];
      setStyle(element, property, setting);
    } else if (name === "mathbackground" && text === "black") {
      element.setAttribute(name, "currentcolor"); // a rule has the colour of the text, in the dark too
    } else if (ATTRIBUTES.has(name) && HARMLESS.test(text)) {
      element.setAttribute(name, text);
    }
  }
}

/**
 * @param {MathMLElement} element
 * @param {string} name camelCase or hyphenated
 * @param {unknown} value
 */
function setStyle(element, name, value) {
  const property = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const text = String(value);
  if (STYLES.has(property) && HARMLESS.test(text)) element.style.setProperty(property, text);
}

/**
 * @param {Branch} tree what Temml made of a formula
 * @returns {Element | null} `null` when it is no formula but Temml's way to show an error
 */
export function formulaElement(tree) {
  return tree.type === "math" ? /** @type {Element} */ (toNode(tree, 0)) : null;
}
