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
create virtual table search_parts using fts5(
  grams, content='', columnsize=0, tokenize="unicode61 remove_diacritics 0 categories 'L* M* N*'"
);
