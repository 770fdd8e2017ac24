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

/** All of the schema would cost twice what the parts cost that a usual file uses, which is 80 ms. */
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

  constructor() {
    const check: SchemaValidateFunction = (index: number, value: unknown, _rules, context) => {
      const part = this.#parts[index]?.();
      const good = part === undefined || part(value, context) === true;
      check.errors = good ? [] : [...(part.errors ?? [])];
      return good;
    };
    this.#ajv.addKeyword({ keyword: 'part', errors: 'full', validate: check });
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
      ...(named.length === 0
        ? {}
        : { properties: Object.fromEntries(named.map(([key, one]) => [key, this.#inline(one)])) }),
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
