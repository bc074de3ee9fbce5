// Rules beyond "recommended" each guard against something that happened or that the content security policy forbids.
import js from "@eslint/js";
import globals from "globals";

const noHtml = ["innerHTML", "outerHTML", "insertAdjacentHTML", "srcdoc"].map((property) => ({
  property,
  message: "Model output is hostile text: build nodes and use textContent.",
}));

export default [
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2024, sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "complexity": ["error", 15],
      "curly": ["error", "multi-line"],
      "eqeqeq": ["error", "always", { null: "ignore" }],
      "max-lines": ["error", { max: 250, skipBlankLines: false, skipComments: false }],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-script-url": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_", caughtErrors: "none" }],
      "no-var": "error",
      "prefer-const": "error",
      "no-restricted-properties": [
        "error",
        ...noHtml,
        { object: "document", property: "write", message: "Build nodes." },
        { object: "document", property: "writeln", message: "Build nodes." },
      ],
      "no-restricted-syntax": [
        "error",
        { selector: "CallExpression[callee.property.name='setAttribute'][arguments.0.value=/^on|^style$/]", message: "The content security policy forbids inline handlers and styles." },
      ],
    },
  },
  { files: ["static/**/*.js"], languageOptions: { globals: globals.browser } },
  {
    files: ["static/js/core/**/*.js"],
    languageOptions: { globals: { ...globals["shared-node-browser"] } },
    rules: { "no-restricted-globals": ["error", "document", "window", "HTMLElement", "navigator", "localStorage"] },
  },
  {
    files: ["tests/js/**/*.js"],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    rules: { "max-lines": ["error", 600] },
  },
];
