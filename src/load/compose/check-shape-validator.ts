/** ajv over the playbook's schema: the only file that knows ajv. It compiles what a file uses, when it is used. */
import { Ajv, type ErrorObject, type SchemaValidateFunction, type ValidateFunction } from 'ajv';
import { anyName, branches, deref, type JsonSchema, playbookSchema, typesOf } from './schema.ts';

/** One complaint of the schema about a value. */
export interface Issue {
  /** JSON pointer to the value. */
  readonly pointer: string;
  /** The word of JSON Schema that is not fulfilled. */
  readonly keyword: string;
  /** The key that is missing, unknown or can not be used. */
  readonly key?: string;
}

/** All that the schema has to say about a playbook's values. */
export function issuesOf(value: unknown): readonly Issue[] {
  compiled ??= new Compiled();
  const { validate } = compiled;
  return validate(value) ? [] : (validate.errors ?? []).flatMap(toIssue);
}

let compiled: Compiled | undefined;

/** Words of JSON Schema that are taken over as they are; a repeated item of a list is no harm, nor is it to Compose. */
const PLAIN = ['type', 'enum', 'pattern', 'minimum', 'maximum', 'required'] as const;

type Rules = Record<string, unknown>;

/** Keys of more than that are looked up one by one. */
const FEW = 8;

/**
 * Parts are compiled when a file first uses them, and of a service's hundred keys those that it has: all of the schema would
 * take ten times as long as what a usual file uses.
 */
class Compiled {
  readonly validate: ValidateFunction;
  readonly #ajv = new Ajv({
    allErrors: true,
    strict: false,
    meta: false,
    validateSchema: false,
    addUsedSchema: false,
    inlineRefs: false,
    messages: false,
    logger: false,
    code: { optimize: false },
  });
  readonly #parts: (() => ValidateFunction)[] = [];
  readonly #maps: ((key: string) => ValidateFunction | undefined)[] = [];
  /** By the text of its rules: many keys take the same. */
  readonly #plain = new Map<string, ValidateFunction>();

  constructor() {
    const check: SchemaValidateFunction = (index: number, value: unknown, _rules, context) => {
      const part = this.#parts[index]?.();
      const good = part === undefined || part(value, context) === true;
      check.errors = good ? [] : [...(part.errors ?? [])];
      return good;
    };
    this.#ajv.addKeyword({ keyword: 'part', errors: 'full', validate: check });
    const checkKeys: SchemaValidateFunction = (index: number, value: Rules, _rules, context) => {
      const errors = Object.entries(value).flatMap(([key, below]) => {
        const part = this.#maps[index]?.(key);
        // No key that the schema names has a letter that JSON pointers write otherwise.
        const instancePath = `${context?.instancePath ?? ''}/${key}`;
        const at = { rootData: value, dynamicAnchors: {}, ...context };
        const here = { ...at, instancePath, parentData: value, parentDataProperty: key };
        return part === undefined || part(below, here) === true ? [] : (part.errors ?? []);
      });
      checkKeys.errors = errors;
      return errors.length === 0;
    };
    this.#ajv.addKeyword({ keyword: 'keys', type: 'object', errors: 'full', validate: checkKeys });
    this.validate = this.#ajv.compile(this.#rules(playbookSchema()));
  }

  /** The same schema, with each choice between alternatives made by the type of the value. */
  #rules(schema: JsonSchema): Rules {
    const one = deref(schema);
    if (one.oneOf !== undefined) {
      const detailed = branches(one).filter((branch) => Object.keys(this.#rules(branch)).length > 1);
      const cases = detailed.map((branch) => ({ if: { not: { type: branch.type } }, else: this.#inline(branch) }));
      return { type: typesOf(one), ...(cases.length === 0 ? {} : { allOf: cases }) };
    }
    const plain = Object.fromEntries(PLAIN.flatMap((word) => (one[word] === undefined ? [] : [[word, one[word]]])));
    return { ...plain, ...this.#below(one) };
  }

  #below({ properties, patternProperties, additionalProperties, items }: JsonSchema): Rules {
    const named = Object.entries(properties ?? {});
    const free = anyName({ patternProperties: patternProperties ?? {} });
    const patterns = Object.entries(patternProperties ?? {});
    return {
      ...this.#named(named),
      ...(items === undefined ? {} : { items: this.#inline(items) }),
      ...(free === undefined || additionalProperties !== false
        ? {
            ...(additionalProperties === undefined ? {} : { additionalProperties }),
            patternProperties: Object.fromEntries(patterns.map(([pattern, one]) => [pattern, this.#inline(one)])),
          }
        : {
            // What has a name that can not be used is looked at all the same.
            propertyNames: { pattern: patterns.map(([pattern]) => pattern).join('|') },
            additionalProperties: this.#inline(free),
          }),
    };
  }

  #named(named: readonly (readonly [string, JsonSchema])[]): Rules {
    if (named.length === 0) return {};
    if (named.length <= FEW) {
      return { properties: Object.fromEntries(named.map(([key, one]) => [key, this.#inline(one)])) };
    }
    const schemas = new Map(named);
    const known = new Map<string, ValidateFunction>();
    this.#maps.push((key) => {
      const schema = schemas.get(key);
      if (schema === undefined) return undefined;
      const validate = known.get(key) ?? this.#compiled(this.#inline(schema));
      known.set(key, validate);
      return validate;
    });
    return { properties: Object.fromEntries(named.map(([key]) => [key, true])), keys: this.#maps.length - 1 };
  }

  #compiled(rules: Rules): ValidateFunction {
    const text = JSON.stringify(rules);
    const validate = this.#plain.get(text) ?? this.#ajv.compile(rules);
    this.#plain.set(text, validate);
    return validate;
  }

  #inline(schema: JsonSchema): Rules {
    return hasSchemasBelow(schema) ? this.#part(schema) : this.#rules(schema);
  }

  #part(schema: JsonSchema): Rules {
    let validate: ValidateFunction | undefined;
    this.#parts.push(() => {
      validate ??= this.#ajv.compile(this.#rules(schema));
      return validate;
    });
    return { part: this.#parts.length - 1 };
  }
}

function hasSchemasBelow(schema: JsonSchema): boolean {
  return branches(schema).some(({ properties, patternProperties, items }) => properties ?? patternProperties ?? items);
}

function toIssue({ instancePath, keyword, params, propertyName }: ErrorObject): readonly Issue[] {
  // "propertyNames" says it again, and for the map around it.
  if (propertyName !== undefined || keyword === 'if') return [];
  const key: unknown = params.missingProperty ?? params.additionalProperty ?? params.propertyName;
  return [{ pointer: instancePath, keyword, ...(typeof key === 'string' ? { key } : {}) }];
}
