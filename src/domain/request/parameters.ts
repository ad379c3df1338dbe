import { hasTemplate, parseTemplate, renderValue, type FieldValue, type RenderContext, type Template } from "./template.ts";
import { pointerToken } from "../json-pointer.ts";
import { err, ok, type Result } from "../result.ts";
import type { Problem } from "../refusal.ts";

/** A parsed parameter tree: the leaves of a JSON body are templates or constants of another type. */
export type ParameterTree =
  | { kind: "template"; template: Template }
  | { kind: "constant"; value: number | boolean | null }
  | { kind: "list"; items: ParameterTree[] }
  | { kind: "dictionary"; entries: [string, ParameterTree][] };

/**
 * Parses a value of `query` or `body`, to any depth.
 * @param path the JSON Pointer of the value in the definition, for problems.
 */
export function parseParameterTree(value: unknown, path: string): Result<ParameterTree, Problem[]> {
  if (typeof value === "string") {
    const template = parseTemplate(value);
    return template.ok ? ok({ kind: "template", template: template.value }) : err([{ path, message: template.error }]);
  }
  if (Array.isArray(value)) {
    const items = collect(value.map((item, index) => parseParameterTree(item, `${path}/${index}`)));
    return items.ok ? ok({ kind: "list", items: items.value }) : items;
  }
  if (typeof value === "object" && value !== null) {
    const names = Object.keys(value);
    const trees = collect(Object.entries(value).map(([name, item]) => parseMember(name, item, `${path}/${pointerToken(name)}`)));
    if (!trees.ok) return trees;
    return ok({ kind: "dictionary", entries: trees.value.map((tree, index) => [names[index] ?? "", tree]) });
  }
  if (typeof value === "number" || typeof value === "boolean" || value === null) return ok({ kind: "constant", value });
  return err([{ path, message: "is not a JSON value" }]);
}

function parseMember(name: string, value: unknown, path: string): Result<ParameterTree, Problem[]> {
  return hasTemplate(name) ? err([{ path, message: "a parameter's name must not have template fields" }]) : parseParameterTree(value, path);
}

function collect(results: Result<ParameterTree, Problem[]>[]): Result<ParameterTree[], Problem[]> {
  const problems = results.flatMap((result) => (result.ok ? [] : result.error));
  return problems.length > 0 ? err(problems) : ok(results.flatMap((result) => (result.ok ? [result.value] : [])));
}

/** Every template of a tree. */
export function templatesOf(tree: ParameterTree): Template[] {
  if (tree.kind === "template") return [tree.template];
  if (tree.kind === "list") return tree.items.flatMap(templatesOf);
  if (tree.kind === "dictionary") return tree.entries.flatMap(([, item]) => templatesOf(item));
  return [];
}

export type RenderedTree = FieldValue | null | RenderedTree[] | { [name: string]: RenderedTree };

/** Fills a tree. A parameter or list element that is one field without a value is left out. */
export function renderTree(tree: ParameterTree, context: RenderContext): RenderedTree | undefined {
  switch (tree.kind) {
    case "template":
      return renderValue(tree.template, context);
    case "constant":
      return tree.value;
    case "list":
      return tree.items.map((item) => renderTree(item, context)).filter((item) => item !== undefined);
    case "dictionary":
      return Object.fromEntries(
        tree.entries.flatMap(([name, item]) => {
          const value = renderTree(item, context);
          return value === undefined ? [] : [[name, value]];
        }),
      );
  }
}
