-- Tables of the shop. Safe to run again: it is run before each release whose migrations changed.
create table if not exists products (
  id integer primary key,
  name text not null,
  price_cents integer not null check (price_cents >= 0)
);

create table if not exists orders (
  id uuid primary key,
  product_id integer not null references products (id),
  quantity integer not null check (quantity > 0),
  version text not null,
  placed_at timestamptz not null default now()
);

insert into products (id, name, price_cents) values
  (1, 'Kettle', 3900),
  (2, 'Teapot', 2450),
  (3, 'Cup', 700),
  (4, 'Darjeeling, 100 g', 1290)
on conflict (id) do nothing;
