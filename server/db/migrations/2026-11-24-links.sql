create index pages_id_seq_index on pages (id, seq);
create table derived (
  page_id integer not null,
  seq integer not null,
  version integer not null,
  bytes integer not null,
  likeness text not null,
  primary key (page_id)
);
create index derived_likeness_index on derived (likeness);
create index derived_bytes_index on derived (bytes);

create table links (
  page_id integer not null,
  key text not null,
  title text not null,
  contexts text not null,
  primary key (page_id, key)
);
create index links_key_page_id_index on links (key, page_id);

create table aliases (
  page_id integer not null,
  key text not null,
  alias text not null,
  primary key (page_id, key)
);
create index aliases_key_page_id_index on aliases (key, page_id);

create table tags (
  page_id integer not null,
  key text not null,
  tag text not null,
  primary key (page_id, key)
);
create index tags_key_page_id_index on tags (key, page_id);

create table jobs (
  id integer not null primary key autoincrement,
  kind text not null,
  user_id integer not null,
  state text not null,
  words text not null,
  input text not null,
  progress text not null,
  done integer not null,
  total integer not null,
  report text not null,
  created_at datetime not null,
  updated_at datetime not null,
  constraint jobs_user_id_foreign foreign key(user_id) references users(id) on update cascade,
  constraint jobs_state_check check (state in ('running', 'done', 'failed', 'cancelled'))
);
create index jobs_user_id_index on jobs (user_id);
create index jobs_state_index on jobs (state);
