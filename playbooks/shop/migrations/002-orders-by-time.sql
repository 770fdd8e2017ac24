-- Orders are looked up by their time.
create index if not exists orders_by_time on orders (placed_at);
