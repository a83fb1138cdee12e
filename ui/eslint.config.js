import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y-x";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";
import ts from "typescript-eslint";

export default defineConfig(
  globalIgnores(["dist", "bench/dist", "src/generated"]),
  js.configs.recommended,
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [ts.configs.strictTypeChecked, ts.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      // Strangers' text is shown as text: nothing may write markup.
      "no-restricted-syntax": [
        "error",
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "Text is shown as text." },
        { selector: "MemberExpression[property.name=/^(inner|outer)HTML$/]", message: "Text is shown as text." },
        // What is said stands in one place.
        { selector: "JSXText[value=/\\p{L}{2}/u]", message: "Words stand in src/words." },
        {
          selector: "JSXAttribute[name.name=/^(aria-(label|roledescription|description)|title|alt|label|hint|lead)$/] > Literal[value=/\\p{L}/u]",
          message: "Words stand in src/words.",
        },
        {
          selector: "JSXElement > JSXExpressionContainer > :matches(Literal, ConditionalExpression > Literal)[value=/\\p{Lu}\\p{Ll}/u]",
          message: "Words stand in src/words.",
        },
      ],
    },
  },
  {
    files: ["bench/*.mjs", "review/*.mjs"],
    languageOptions: {
      globals: Object.fromEntries(
        ["Buffer", "URL", "clearInterval", "clearTimeout", "console", "process", "setInterval", "setTimeout", "fetch", "performance"].map(
          (name) => [name, "readonly"],
        ),
      ),
    },
  },
  { files: ["**/*.tsx"], extends: [hooks.configs.flat["recommended-latest"], a11y.configs.strict] },
);
