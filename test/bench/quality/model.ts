/**
 * The problem as an integer program: x[service, host] replicas, so that replicas of one service, which are as good as each
 * other, are one column. Rows: each service has all its replicas, and no host has more than it has. Aims are added one by one.
 */
import type { ModelData } from 'highs';
import { type Load, type Marks, type Problem, type Seating, zonesOf } from './problem.ts';

/** A column: its bounds and whether it is a whole number. */
interface Column {
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
}

/** A sum of columns, each by its index and its factor. */
type Terms = readonly (readonly [column: number, factor: number])[];

/** A sum of columns that is between the two. */
interface Row {
  readonly terms: Terms;
  readonly least: number;
  readonly most: number;
}

/** What a seating must keep to, and what is to be made small. */
export interface Program {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** By index of the load and of the room: its column, or -1 where it may not be. */
  readonly seats: readonly (readonly number[])[];
  readonly aim: Terms;
}

const { NEGATIVE_INFINITY, POSITIVE_INFINITY } = Number;

/** The program of a problem, without an aim. */
export function programOf(problem: Problem): Program {
  const { rooms, loads } = problem;
  const columns: Column[] = [];
  const seats = loads.map((load) =>
    rooms.map((_, room) => {
      const most = mostIn(problem, load, room);
      return most > 0 ? columns.push({ least: 0, most, isWhole: true }) - 1 : -1;
    }),
  );
  const whole = loads.map(({ replicas }, at) => ({ terms: sumOf(seats[at] ?? []), least: replicas, most: replicas }));
  const roomy = shares(problem, seats).map((terms) => ({ terms, least: 0, most: 1 }));
  return { columns, rows: [...whole, ...roomy], seats, aim: [] };
}

/** The program with one of fleet's aims to make small, in place of what was its aim. */
export function aimedAt(aim: keyof Marks, program: Program, problem: Problem): Program {
  const columns = [...program.columns];
  const add = (most: number, isWhole: boolean): number => columns.push({ least: 0, most, isWhole }) - 1;
  const parts = partsOf(aim, { program, problem, add });
  return {
    columns,
    rows: [...program.rows, ...parts.flatMap(({ rows }) => rows)],
    seats: program.seats,
    aim: parts.flatMap(({ terms }) => terms),
  };
}

/** The program in which what was its aim is at most that much. */
export function held(program: Program, most: number): Program {
  return { ...program, rows: [...program.rows, { terms: program.aim, least: NEGATIVE_INFINITY, most }], aim: [] };
}

/** The program in which replicas may be cut into parts: its linear relaxation. */
export function relaxed(program: Program): Program {
  return { ...program, columns: program.columns.map((column) => ({ ...column, isWhole: false })) };
}

/** The program as HiGHS takes it. */
export function dataOf({ columns, rows, aim }: Program): ModelData {
  const costs = new Map(aim);
  const starts = [0];
  for (const { terms } of rows) starts.push((starts.at(-1) ?? 0) + terms.length);
  return {
    numCols: columns.length,
    numRows: rows.length,
    colCost: columns.map((_, column) => costs.get(column) ?? 0),
    colLower: columns.map(({ least }) => least),
    colUpper: columns.map(({ most }) => most),
    rowLower: rows.map(({ least }) => least),
    rowUpper: rows.map(({ most }) => most),
    integrality: columns.map(({ isWhole }) => (isWhole ? 1 : 0)),
    matrix: {
      format: 'csr',
      numRows: rows.length,
      numCols: columns.length,
      starts,
      indices: rows.flatMap(({ terms }) => terms.map(([column]) => column)),
      values: rows.flatMap(({ terms }) => terms.map(([, factor]) => factor)),
    },
  };
}

/** The seating that values of the columns stand for. */
export function seatingOf({ seats }: Program, values: ArrayLike<number>): Seating {
  return seats.map((row) => row.map((column) => (column < 0 ? 0 : Math.round(values[column] ?? 0))));
}

/** Values of the columns that a seating stands for; the solver finds those of the aims by itself. */
export function startOf(
  { seats }: Program,
  seating: Seating,
): { readonly indices: number[]; readonly values: number[] } {
  const entries = seats.flatMap((row, at) =>
    row.flatMap((column, room) => (column < 0 ? [] : [[column, seating[at]?.[room] ?? 0] as const])),
  );
  return { indices: entries.map(([column]) => column), values: entries.map(([, value]) => value) };
}

/** Replicas of the load that the room could have at most if it had nothing else. */
function mostIn({ rooms }: Problem, load: Load, room: number): number {
  const { cpus = 0, memoryBytes = 0 } = rooms[room] ?? {};
  if (load.allowed[room] !== true) return 0;
  const fits = Math.min((cpus + 1e-6) / load.cpus, memoryBytes / load.memoryBytes);
  return Math.min(load.maxPerHost, load.replicas, Math.floor(fits));
}

/** For each room, the share of its cpu and the share of its memory that is used. */
function shares({ rooms, loads }: Problem, seats: Program['seats']): Terms[] {
  return rooms.flatMap(({ cpus, memoryBytes }, room) =>
    [(load: Load) => load.cpus / cpus, (load: Load) => load.memoryBytes / memoryBytes].map((share) =>
      loads.flatMap((load, at) => sumOf([seats[at]?.[room] ?? -1], share(load))),
    ),
  );
}

/** What an aim adds: terms to make small, and the rows that say what they are. */
interface Part {
  readonly terms: Terms;
  readonly rows: readonly Row[];
}

interface Making {
  readonly program: Program;
  readonly problem: Problem;
  readonly add: (most: number, isWhole: boolean) => number;
}

function partsOf(aim: keyof Marks, making: Making): Part[] {
  const { program, problem } = making;
  switch (aim) {
    case 'zoneSkew':
      return problem.loads.flatMap((load, at) => zonePart(load, program.seats[at] ?? [], making));
    case 'mostOnOneHost':
      return problem.loads.map((load, at) => hostPart(load, program.seats[at] ?? [], making));
    case 'fullest': {
      const fullest = making.add(1, false);
      return [{ terms: [[fullest, 1]], rows: shares(problem, program.seats).map((terms) => atMost(terms, fullest)) }];
    }
    default:
      return aim satisfies never;
  }
}

/** The fullest less the emptiest zone: each zone's replicas are between the two. */
function zonePart(load: Load, seats: readonly number[], { problem, add }: Making): Part[] {
  const zones = zonesOf(load, problem.rooms);
  if (!load.isSpread || zones.length < 2) return [];
  const [high, low] = [add(load.replicas, true), add(load.replicas, true)];
  const rows = zones.flatMap((zone) => {
    const there = sumOf(zone.map((room) => seats[room] ?? -1));
    const above: Row = { terms: [...there, [low, -1]], least: 0, most: POSITIVE_INFINITY };
    return [atMost(there, high), above];
  });
  return [
    {
      terms: [
        [high, 1],
        [low, -1],
      ],
      rows,
    },
  ];
}

function hostPart(load: Load, seats: readonly number[], { add }: Making): Part {
  const most = add(load.replicas, true);
  return {
    terms: [[most, 1]],
    rows: seats.filter((column) => column >= 0).map((column) => atMost([[column, 1]], most)),
  };
}

function atMost(terms: Terms, column: number): Row {
  return { terms: [...terms, [column, -1]], least: NEGATIVE_INFINITY, most: 0 };
}

function sumOf(columns: readonly number[], factor = 1): Terms {
  return columns.filter((column) => column >= 0).map((column) => [column, factor] as const);
}
