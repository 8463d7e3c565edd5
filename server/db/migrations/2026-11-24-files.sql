-- Files that people put into pages. hash is the SHA-256 of the bytes, which lie under uploads/files by it; ref is its
-- beginning, as addresses have it. width and height are those of a picture; folder is where an import found it.
create table files (
  id integer not null primary key autoincrement,
  ref text not null,
  hash text not null,
  name text not null,
  name_key text not null,
  folder text not null,
  type text not null,
  bytes integer not null,
  width integer null,
  height integer null,
  author_id integer not null,
  created_at datetime not null,
  constraint files_author_id_foreign foreign key(author_id) references users(id) on update cascade
);
create unique index files_hash_name_folder_unique on files (hash, name, folder);
create index files_ref_index on files (ref);
create index files_name_key_index on files (name_key);
create index files_author_id_index on files (author_id);

-- Which files each page's text shows or links: by their ref in an address, or by the key of their name in brackets.
create table file_refs (
  page_id integer not null,
  wanted text not null,
  primary key (page_id, wanted)
);
create index file_refs_wanted_page_id_index on file_refs (wanted, page_id);

-- What was imported last under a title (deflated), and the page it became: the next import of it changes only what is new.
create table imports (
  title_key text not null,
  page_id integer not null,
  base blob not null,
  at datetime not null,
  primary key (title_key)
);
create index imports_page_id_index on imports (page_id);
