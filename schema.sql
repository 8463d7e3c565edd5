-- The database on one screen. A new SQLite database is made from this file; older ones reach it by server/db/migrations.
-- Times are milliseconds since 1970 (UTC). A test holds this file, the entities and the migrations to each other.

-- One row that tells which wiki this is. epoch changes when a backup is restored: copies of another epoch are never merged.
create table wiki (
  id integer not null,
  epoch text not null,
  secret text not null,
  created_at datetime not null,
  primary key (id)
);

-- People. username_key is the name case-folded; colour is a --person-n of the design. Whoever is disabled cannot come in.
create table users (
  id integer not null primary key autoincrement,
  username text not null,
  username_key text not null,
  password_hash text not null,
  role text not null,
  avatar text null,
  colour integer not null,
  created_at datetime not null,
  disabled_at datetime null,
  seen_at datetime null,
  constraint users_role_check check (role in ('reader', 'editor', 'admin')),
  constraint users_colour_check check (colour between 1 and 12)
);
create unique index users_username_key_unique on users (username_key);

-- Who is signed in where; proved_at is when the password was last given. The id is the SHA-256 of the cookie's, so that a stolen copy of this table opens no session.
create table sessions (
  id text not null,
  user_id integer not null,
  data text not null,
  created_at datetime not null,
  seen_at datetime not null,
  expires_at datetime not null,
  proved_at datetime null,
  constraint sessions_user_id_foreign foreign key(user_id) references users(id) on delete cascade on update cascade,
  primary key (id)
);
create index sessions_user_id_index on sessions (user_id);

-- Invite and reset links, by the SHA-256 of their token; each works once.
create table tokens (
  id text not null,
  kind text not null,
  user_id integer null,
  role text null,
  maker_id integer null,
  created_at datetime not null,
  expires_at datetime not null,
  used_at datetime null,
  constraint tokens_user_id_foreign foreign key(user_id) references users(id) on delete cascade on update cascade,
  constraint tokens_maker_id_foreign foreign key(maker_id) references users(id) on delete cascade on update cascade,
  primary key (id),
  constraint tokens_kind_check check (kind in ('invite', 'reset'))
);
create index tokens_user_id_index on tokens (user_id);
create index tokens_maker_id_index on tokens (maker_id);

-- Pages. title_key is what makes two titles the same, leaf_key its last segment, parent_key the rest.
-- content and snapshot (a Yjs state) are the log folded up to seq; the log itself is entries.
-- A page in the trash has trashed_at, and keys that no title has. protection is the reason why only admins may write.
create table pages (
  id integer not null primary key autoincrement,
  title text not null,
  title_key text not null,
  leaf_key text not null,
  parent_key text not null,
  content text not null,
  snapshot blob not null,
  seq integer not null,
  author_id integer not null,
  editor_id integer not null,
  created_at datetime not null,
  updated_at datetime not null,
  trashed_at datetime null,
  protection text null,
  locked_at datetime null,
  constraint pages_author_id_foreign foreign key(author_id) references users(id) on update cascade,
  constraint pages_editor_id_foreign foreign key(editor_id) references users(id) on update cascade
);
create unique index pages_title_key_unique on pages (title_key);
create index pages_leaf_key_index on pages (leaf_key);
create index pages_parent_key_title_key_index on pages (parent_key, title_key);
create index pages_author_id_index on pages (author_id);
create index pages_editor_id_index on pages (editor_id);
create index pages_id_seq_index on pages (id, seq);
create index pages_trashed_at_updated_at_id_index on pages (trashed_at, updated_at, id);

-- How a title is spelt that has pages below it, and how many, however deep; '' has all that are not in the trash, whose keys
-- begin with a “#”. The triggers keep count, so that a large tree is never counted to show a part of it.
create table branches (
  key text not null,
  parent_key text null,
  title text not null,
  below integer not null,
  primary key (key)
);
create index branches_parent_key_key_index on branches (parent_key, key);
-- A view that holds nothing is where the triggers say which title counts for one more or one less above it.
create view branch_steps (key, title, step) as select '', '', 0 where false;
create trigger branch_steps_insert instead of insert on branch_steps begin
  insert into branches (key, parent_key, title, below) with recursive up (key, title) as (select new.key, new.title
    union all select rtrim(rtrim(key, replace(key, '/', '')), '/'), rtrim(rtrim(title, replace(title, '/', '')), '/') from up where key <> '')
    select key, case key when '' then null else rtrim(rtrim(key, replace(key, '/', '')), '/') end, title, new.step from up where key <> new.key
    on conflict (key) do update set below = below + excluded.below, title = min(title, excluded.title); end;
create trigger branches_gone after update of below on branches when new.below = 0 begin
  delete from branches where key = new.key; end;
create trigger pages_branches_insert after insert on pages when new.title_key not like '#%' begin
  insert into branch_steps values (new.title_key, new.title, 1); end;
create trigger pages_branches_delete after delete on pages when old.title_key not like '#%' begin
  insert into branch_steps values (old.title_key, old.title, -1); end;
create trigger pages_branches_leave after update of title_key on pages when old.title_key not like '#%' begin
  insert into branch_steps values (old.title_key, old.title, -1); end;
create trigger pages_branches_come after update of title_key on pages when new.title_key not like '#%' begin
  insert into branch_steps values (new.title_key, new.title, 1); end;

-- Titles that pages had before.
create table redirects (
  title_key text not null,
  title text not null,
  page_id integer not null,
  created_at datetime not null,
  constraint redirects_page_id_foreign foreign key(page_id) references pages(id) on delete cascade on update cascade,
  primary key (title_key)
);
create index redirects_page_id_index on redirects (page_id);

-- The log: every accepted push, numbered from 1 without gaps in each page. Deletions carry no author in Yjs; this row does.
create table entries (
  page_id integer not null,
  seq integer not null,
  first_seq integer not null,
  user_id integer not null,
  via text not null,
  at datetime not null,
  bytes blob not null,
  primary key (page_id, seq)
);

-- Which user each Yjs client id of a page belongs to: nobody writes as somebody else.
create table page_clients (
  page_id integer not null,
  client bigint not null,
  user_id integer not null,
  primary key (page_id, client)
);

-- What is read from pages' texts (links, tags, search words …) and how far: seq is the text that was read, version the way
-- of reading. bytes is the text's size, likeness what is left of its title without accents, signs and small words.
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

-- What each page's text links to, by the key of the title that is wanted there; contexts is JSON: the sentences around.
create table links (
  page_id integer not null,
  key text not null,
  title text not null,
  contexts text not null,
  primary key (page_id, key)
);
create index links_key_page_id_index on links (key, page_id);

-- Other names of pages, from their front matter.
create table aliases (
  page_id integer not null,
  key text not null,
  alias text not null,
  primary key (page_id, key)
);
create index aliases_key_page_id_index on aliases (key, page_id);

-- Tags of pages, from their text and front matter.
create table tags (
  page_id integer not null,
  key text not null,
  tag text not null,
  primary key (page_id, key)
);
create index tags_key_page_id_index on tags (key, page_id);

-- Work that takes a while and goes on after a restart. input is what was asked, progress where it has got to, both JSON.
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
-- What pages are found by, made from their texts and never the only place of anything. Passages and titles are numbered
-- in the order of their last change. search_text holds folded terms, search_heads those of titles and headings alone,
-- search_words each word once, search_parts the pairs of characters of each word. FTS5's own tables are these three's.
create table search_passages (
  id integer not null primary key autoincrement,
  page_id integer not null,
  heading text not null,
  text text not null
);
create index search_passages_page_id_index on search_passages (page_id);
create table search_titles (
  id integer not null primary key autoincrement,
  page_id integer not null,
  title text null
);
create unique index search_titles_page_id_unique on search_titles (page_id);
create table search_words (
  id integer not null primary key autoincrement,
  word text not null
);
create unique index search_words_word_unique on search_words (word);
create virtual table search_text using fts5(
  title, heading, body, content='', contentless_delete=1, prefix='3 4',
  tokenize="unicode61 remove_diacritics 0 categories 'L* M* N*'"
);
create virtual table search_heads using fts5(
  title, heading, content='', contentless_delete=1, prefix='3 4',
  tokenize="unicode61 remove_diacritics 0 categories 'L* M* N*'"
);
create virtual table search_parts using fts5(
  grams, content='', columnsize=0, tokenize="unicode61 remove_diacritics 0 categories 'L* M* N*'"
);

-- How far each person has seen each page: seq was on their screen last; what came after since is still news to them.
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
-- Deleted pages, which can be restored until they are old. root_id is the page whose deletion took this one along.
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

-- What happened, newest last: one row per editing session (entries first_seq to last_seq, characters added and removed)
-- or per deed. detail is what it was before, or why.
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

-- The order that somebody gave the titles standing under another: the keys of their last segments, as JSON.
create table orders (
  under_key text not null,
  keys text not null,
  primary key (under_key)
);

-- Pages that people want at hand.
create table stars (
  user_id integer not null,
  page_id integer not null,
  at datetime not null,
  primary key (user_id, page_id)
);
create index stars_page_id_index on stars (page_id);

-- Which migrations this database has had.
create table migrations (
  id integer not null primary key autoincrement,
  name varchar(255) null,
  executed_at datetime null default current_timestamp
);
