/** IPv4 ranges as numbers: enough to hand out addresses and to see that two ranges overlap. */

/** A CIDR block: first address and how many it has. */
export interface Block {
  readonly first: number;
  readonly size: number;
}

/** "10.96.0.0/16" as a block. The text was checked when the inventory was read. */
export function parseBlock(cidr: string): Block {
  const [address = '0.0.0.0', bits = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  const number = toNumber(address);
  return { first: number - (number % size), size };
}

/** The block cut in the middle. */
export function halves({ first, size }: Block): readonly [lower: Block, upper: Block] {
  const half = size / 2;
  return [
    { first, size: half },
    { first: first + half, size: half },
  ];
}

/** A block as "10.97.128.0/17". */
export function formatBlock({ first, size }: Block): string {
  return `${toAddress(first)}/${32 - Math.log2(size)}`;
}

/** "10.96.0.5" as a number. */
export function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** A number as "10.96.0.5". */
export function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

/** True when the two blocks share an address. */
export function overlaps(left: Block, right: Block): boolean {
  return left.first < right.first + right.size && right.first < left.first + left.size;
}

/** True when the text is an IPv4 address inside the block. */
export function contains(block: Block, address: string): boolean {
  if (!isAddress(address)) return false;
  const number = toNumber(address);
  return number >= block.first && number < block.first + block.size;
}

function isAddress(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}
