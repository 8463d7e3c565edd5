create table visits (
  user_id integer not null,
  page_id integer not null,
  seq integer not null,
  since integer null,
  at datetime not null,
  constraint visits_user_id_foreign foreign key(user_id) references users(id) on delete cascade on update cascade,
  constraint visits_page_id_foreign foreign key(page_id) references pages(id) on delete cascade on update cascade,
  primary key (user_id, page_id)
);
create index visits_page_id_index on visits (page_id);
