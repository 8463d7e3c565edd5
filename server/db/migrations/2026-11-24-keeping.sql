alter table users add column disabled_at datetime null;
alter table users add column seen_at datetime null;
alter table pages add column trashed_at datetime null;
alter table pages add column protection text null;
alter table pages add column locked_at datetime null;
drop index pages_updated_at_id_index;
create index pages_trashed_at_updated_at_id_index on pages (trashed_at, updated_at, id);

create table trash (
  page_id integer not null,
  root_id integer not null,
  title_key text not null,
  user_id integer not null,
  at datetime not null,
  primary key (page_id)
);
create index trash_root_id_index on trash (root_id);
create index trash_title_key_index on trash (title_key);
create index trash_at_page_id_index on trash (at, page_id);

create table changes (
  id integer not null primary key autoincrement,
  kind text not null,
  page_id integer not null,
  title text not null,
  user_id integer not null,
  via text not null,
  began_at datetime not null,
  at datetime not null,
  first_seq integer null,
  last_seq integer null,
  added integer not null,
  removed integer not null,
  detail text null,
  note text null
);
create index changes_at_id_index on changes (at, id);
create index changes_user_id_at_id_index on changes (user_id, at, id);
create index changes_page_id_at_id_index on changes (page_id, at, id);
create index changes_via_at_id_index on changes (via, at, id);

create table orders (
  under_key text not null,
  keys text not null,
  primary key (under_key)
);

create table stars (
  user_id integer not null,
  page_id integer not null,
  at datetime not null,
  primary key (user_id, page_id)
);
create index stars_page_id_index on stars (page_id);

insert into changes (kind, page_id, title, user_id, via, began_at, at, first_seq, last_seq, added, removed)
select 'created', id, title, author_id, 'page:create', created_at, created_at, null, null, 0, 0 from pages;
insert into changes (kind, page_id, title, user_id, via, began_at, at, first_seq, last_seq, added, removed)
select 'edited', page_id, title, user_id, via, min(at), max(at), min(first_seq), max(seq), 0, 0
from (select entries.*, title, sum(begins) over (partition by page_id, user_id, entries.via order by entries.seq) as session
      from (select *, coalesce(at - lag(at) over (partition by page_id, user_id, via order by seq), 900001) > 900000 as begins
            from entries where via <> 'page:create') as entries join pages on pages.id = page_id)
group by page_id, user_id, via, session;
