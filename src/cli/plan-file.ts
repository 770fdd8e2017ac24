/** Plan files that are longer than any string can be: read line by line, as `planJson` lays them out. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** `  "key": value` on the first level. */
const ENTRY = /^ {2}("(?:[^"\\]|\\.)*"): (.*)$/s;

/** The value; each entry of a list on the first level is parsed for itself. Throws when the file is laid out in another way. */
export async function readByLines(path: string): Promise<Record<string, unknown>> {
  const reading = new Reading();
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY }))
    reading.take(line);
  return reading.result;
}

class Reading {
  readonly result: Record<string, unknown> = {};
  /** The entry that is being read, and the list that it is. */
  #key: string | undefined;
  #list: unknown[] | undefined;
  /** Lines of a value that is not at its end. */
  #lines: string[] = [];

  take(line: string): void {
    if (this.#key === undefined) this.#begin(line);
    else if (this.#list !== undefined && this.#lines.length === 0 && /^ {2}\],?$/.test(line)) this.#end(this.#list);
    else this.#goOn(line);
  }

  #begin(line: string): void {
    if (line === '{' || line === '}' || line === '') return;
    const [, key, value] = ENTRY.exec(line) ?? [];
    if (key === undefined || value === undefined) throw new Error('it is no plan as fleet writes it');
    this.#key = JSON.parse(key);
    if (value === '[') this.#list = [];
    else if (value === '{') this.#lines = [value];
    else this.#end(parsed(value));
  }

  /** A value that has several lines ends with one that is indented as its first one was. */
  #goOn(line: string): void {
    this.#lines.push(line);
    const isInList = this.#list !== undefined;
    const isOpen = this.#lines.length === 1 ? /^ {4}[[{]$/.test(line) : !(isInList ? ITEM_END : OBJECT_END).test(line);
    if (isOpen) return;
    const value = parsed(this.#lines.join('\n'));
    this.#lines = [];
    if (this.#list === undefined) this.#end(value);
    else this.#list.push(value);
  }

  #end(value: unknown): void {
    if (this.#key !== undefined) this.result[this.#key] = value;
    this.#key = undefined;
    this.#list = undefined;
  }
}

const ITEM_END = /^ {4}[\]}],?$/;
const OBJECT_END = /^ {2}\},?$/;

function parsed(json: string): unknown {
  return JSON.parse(json.endsWith(',') ? json.slice(0, -1) : json);
}
