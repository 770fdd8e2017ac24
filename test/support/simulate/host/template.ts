/** `docker inspect --format`, as far as fleet's lines go: Go templates of fields, `index` and `if`. */

/** The text that a format makes of what Docker says of a container. Throws for what it does not know. */
export function formatted(format: string, value: unknown): string {
  const chosen = format.replaceAll(
    /\{\{if ([^}]+)\}\}(.*?)\{\{else\}\}(.*?)\{\{end\}\}/g,
    (_, condition: string, yes: string, no: string) => (fieldOf(condition, value) === undefined ? no : yes),
  );
  return chosen.replaceAll(/\{\{([^}]+)\}\}/g, (_, field: string) => String(fieldOf(field, value) ?? '<no value>'));
}

function fieldOf(expression: string, value: unknown): unknown {
  const [, path = '', key] = /^(?:index )?((?:\.\w+)+)(?: "([^"]+)")?$/.exec(expression.trim()) ?? [];
  if (path === '') throw new Error(`template parsing error: ${expression}`);
  const names = [...path.slice(1).split('.'), ...(key === undefined ? [] : [key])];
  return names.reduce<unknown>((at, name) => (at as Readonly<Record<string, unknown>> | undefined)?.[name], value);
}
